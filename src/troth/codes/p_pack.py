"""Pages of the codes P: packs, and the form of every YAML document."""

from __future__ import annotations

from typing import Final

from troth.codes._page import Page

_FORM: Final = (
    Page(
        "P101",
        "The text is no YAML.",
        "The file cannot be read past this place. A YAML reader notices a mistake late: it often stands just before.",
        "title: Delivery: of an order",
        "Check quotes, brackets, colons and indentation; put text with `: ` or `#` in quotes.",
    ),
    Page(
        "P102",
        "A tab stands where the indentation is.",
        "YAML allows only spaces there, since a tab has no agreed width.",
        "facts:\n<tab>placed: {type: bool}",
        "Indent with two spaces a level, and let the editor write spaces.",
    ),
    Page(
        "P103",
        "A key stands twice in one mapping.",
        "Most readers would silently take the last one, so that a reviewer sees a rule that is not in force.",
        "states:\n  paid: {when: paid}\n  paid: {when: paid && !withdrawn}",
        "Keep one of the two.",
    ),
    Page(
        "P104",
        "A key is not text on one line.",
        "Keys are names. A number, true, null or a list as a key is read differently by different tools.",
        "segments: {311: Kind of call}",
        'Put it in quotes: {"311": Kind of call}.',
    ),
    Page(
        "P105",
        "An anchor, an alias or a tag.",
        "A pack is reviewed by people: what holds stands where it is read. Tags could name types that YAML readers "
        "act upon.",
        "states:\n  paid: &p {when: paid}\n  also_paid: *p",
        "Write the value out where it is needed.",
    ),
    Page(
        "P106",
        "There is no document, or more than one.",
        "A file holds one mapping of keys to values.",
        "pack: one\n---\npack: two",
        "Make a file for each, or fill the empty one.",
    ),
    Page(
        "P107",
        "A number is too large.",
        "Numbers are 64-bit integers or finite doubles, as in expressions.",
        "version: 99999999999999999999",
        "Write it as text, or in a larger unit.",
    ),
    Page(
        "P111",
        "A key that the language does not know.",
        "It would have no effect. Mostly it is misspelt, or stands one level too deep.",
        "facts:\n  paid: {type: bool, autority: [[shop]]}",
        "Take one of the keys listed, or remove it.",
    ),
    Page("P112", "A key is missing.", "The thing is incomplete without it.", "facts:\n  paid: {type: bool}",
         "Add the key; `troth schema` says what it means."),
    Page(
        "P113",
        "A value of another type.",
        "Text, number, true or false, list and mapping are not read as one another.",
        "statements: was_delivered",
        "Write the expected type: a list in [ ], text in quotes.",
    ),
    Page(
        "P114",
        "A word that is not among those allowed.",
        "The key takes one of a few words.",
        "facts:\n  paid: {type: boolean, authority: [[shop]]}",
        "Take one of the words listed.",
    ),
    Page(
        "P115",
        "A name or text of another form.",
        "Names are used in expressions, in columns and in addresses, so their form is narrow: small letters, digits "
        "and _. "
        "Durations are written 90s, 1h30m, 14d.",
        "facts:\n  Is-Paid: {type: bool, authority: [[shop]]}",
        "Write it in the expected form.",
    ),
    Page("P116", "Too many, too few, too long, or out of range.", "The value is outside what the key allows.",
         "objectives:\n  delivery_day: {target: 95, over: 28d}", "Keep within the bound that is named."),
    Page(
        "P117",
        "The value has none of the allowed forms.",
        "Some keys may be written in several forms, told apart by their type.",
        "promises:\n  day: {made_by: 7, due: undisclosed, kept_when: delivered}",
        "Take one of the forms listed.",
    ),
)  # fmt: skip

_REFERENCES: Final = tuple(
    Page(
        code,
        f"A {noun} that the pack does not declare.",
        f"Everything that a pack refers to is declared in it, so that a misspelt {noun} is found before it does harm.",
        example,
        f"Correct the name, or declare it under `{section}:`.",
    )
    for code, noun, section, example in (
        ("P201", "source", "sources", "facts:\n  paid: {type: bool, authority: [[paymnt]]}"),
        ("P202", "fact", "facts", "events:\n  payment.approved: {observe: {payed: true}}"),
        ("P203", "event type", "events", "request: order.plcaed"),
        ("P204", "state", "states", "transitions:\n  payed: [on_its_way]"),
        ("P205", "statement", "statements", "messages:\n  survey: {statements: [was_deliverd], purpose: survey}"),
        ("P206", "message", "messages", 'messages:\n  survey: {replace: {"*": looking_in_to_it}}'),
        ("P207", "promise", "promises", "statements:\n  arrives_by: {about: arrival, promise: delivry_day}"),
        (
            "P208",
            "action",
            "actions",
            "statements:\n  was_delivered: {about: arrival, true_when: delivered, invites: [rat]}",
        ),
    )
)

_MEANING: Final = (
    Page(
        "P211",
        "Sources copy from each other in a circle.",
        "An echo counts once, as its origin; in a circle there is no origin.",
        "sources:\n  a: {copies: b}\n  b: {copies: a}",
        "Leave out `copies` where the system speaks for itself.",
    ),
    Page(
        "P212",
        "A statement needs exactly one of true_when and promise.",
        "A statement about what is so has a condition; a promising statement is true while its promise is open or "
        "kept.",
        "statements:\n  arrives_by: {about: arrival, promise: day, true_when: delivered}",
        "Keep one; make two statements of it if both are said.",
    ),
    Page(
        "P213",
        "A case needs exactly one of open_when, lapse_of and of.",
        "It opens when a condition becomes true, when a promise is late or broken, or by what troth itself sees: a "
        "contradiction, a silence, a complaint.",
        "cases:\n  late: {title: Late}",
        "Give one of the three.",
    ),
    Page(
        "P214",
        "A value that does not fit the fact's type.",
        "A fact of type bool is true or false, of type duration 1h30m, of type timestamp 2026-03-02T09:00:00Z.",
        "facts:\n  delay: {type: int, authority: [[ops]], otherwise: none}",
        "Write a value of the type, or change the type.",
    ),
    Page(
        "P216",
        "A due moment in none or in several of its forms.",
        "A promise is due at a moment, at the end of a day in a zone, or so long after it was made; or its due is "
        "undisclosed.",
        "due: {day: data.promised_day}",
        "Give exactly one of: at; day with zone; after.",
    ),
    Page(
        "P217",
        "A grace that needs its source.",
        "Grace is invisible to the customer. More than a tenth of the window, or on a window that only the event "
        "knows, it changes "
        "what the promise means, so the pack says by what right.",
        "grace: 15m",
        "Add `grace_source:` with the law, contract or public definition; or promise the later moment.",
    ),
    Page(
        "P218",
        "A fact in a chronology that is not true or false.",
        "A chronology lists facts whose becoming true should come in this order.",
        "chronology:\n  - [placed, departure_delay]",
        "Name facts of type bool.",
    ),
    Page(
        "P219",
        "The outcome of a promise hangs on freshness.",
        "Whether a promise was kept is decided by what is known of the facts, not by how old the knowledge is: "
        "otherwise the same "
        "promise would be kept today and unkept tomorrow.",
        "kept_when: delivered && age(delivered) < duration('1h')",
        "Let `fresh_for` of the fact make it unknown when it is stale.",
    ),
    Page(
        "P220",
        "Two files of a pack say the same thing.",
        "A pack may be split over several files; each key, and each member of a section, stands in one of them.",
        "pack.yaml and facts.yaml both declare facts.paid",
        "Keep one of the two.",
    ),
    Page(
        "P221",
        "A source in two tiers of one authority.",
        "The higher tier would always decide before the lower is asked.",
        "authority: [[carrier], [shop, carrier]]",
        "Keep it in the higher tier.",
    ),
    Page(
        "P222",
        "A tolerance that does not fit the fact's type.",
        "Numbers tolerate a number, moments and durations a duration; text and truth are equal or not.",
        "facts:\n  eta: {type: timestamp, authority: [[carrier]], tolerance: 300}",
        "Write a number for int and double, a duration such as 5m for timestamp and duration, and nothing for the "
        "rest.",
    ),
    Page(
        "P223",
        "A message that replaces itself.",
        "What is not true does not become true by being sent as its own replacement, nor what is not known by being "
        "sent meanwhile.",
        'messages:\n  survey: {replace: {"*": survey}}',
        "Name a message whose statements are true in that state.",
    ),
    Page(
        "P224",
        "A fact with a name that expressions use themselves.",
        "CEL keeps some words for its own types, operators and functions.",
        "facts:\n  type: {type: string, authority: [[desk]]}",
        "Give it a longer name, such as request_type.",
    ),
    Page(
        "P225",
        "late_when beside a due moment.",
        "late_when decides lateness where the due moment is not disclosed; beside a due moment the two could disagree.",
        "due: {at: timestamp(data.target)}\nlate_when: target_missed",
        "Write `due: undisclosed`, or leave late_when out.",
    ),
    Page(
        "P226",
        "Quiet hours that end when they begin.",
        "They last no time at all, or the whole day: nobody can say which is meant.",
        'contact: {quiet: {from: "21:00", until: "21:00"}}',
        "Write two different times; leave `quiet` out where there are no quiet hours.",
    ),
    Page(
        "P227",
        "An expression reads a personal member.",
        "What tells who somebody is lies encrypted under that person's key. When the key is erased, no fact, promise "
        "or case may change, so none may depend on it.",
        "customer: data.email\nevents:\n  order.placed: {personal: [email]}",
        "Let the system send a number of its own for the person, and read that.",
    ),
    Page(
        "P228",
        "Attributes that are personal.",
        "Attributes are shown and compared: measures split by them. Personal members are read by nothing.",
        "events:\n  order.placed: {personal: [attributes]}",
        "Put what tells who somebody is beside `attributes`, and name only that.",
    ),
    Page(
        "P229",
        "A source with troth's own name.",
        "What the service itself does (decisions, confirmations, cases) is written down as events of the source "
        "`troth`. A system that reported under this name could say what the gate has refused.",
        "sources:\n  troth: {title: our shop}",
        "Give the system a name of its own.",
    ),
    Page(
        "P230",
        "An undeclared case kind.",
        "An objective of exception_closure speaks of a kind of case: its own name, or the one that `kind` names.",
        "objectives:\n  lost_parcels: {measure: exception_closure, target: 0.9, within: 2d, over: 28d}   # and no "
        "case of that name",
        "Name a case kind of the pack with `kind:`.",
    ),
    Page(
        "P231",
        "A key that does not belong to the objective's measure, or is missing.",
        "The target of a time is the share that is there `within` that time; shares of promises and of time have no "
        "such limit. Only promises and cases have kinds, and only cases have legs.",
        "objectives:\n  soon: {measure: time_to_usable_outcome, target: 0.9, over: 28d}   # and no within",
        "Add `within` to an objective of a time; remove what its measure does not have.",
    ),
    Page(
        "P232",
        "An undeclared segment.",
        "An objective can hold in each value of an attribute that the pack names under `segments`. A misspelt one "
        "would never be looked at.",
        "objectives:\n  delivery_day: {target: 0.95, over: 28d, by: [carier]}",
        "Take one of the declared segments, or declare it.",
    ),
    Page(
        "P233",
        "A sentence that does not fit the fact it tells.",
        "What customers read of a fact of type bool is `when_true` and `when_false`; of any other type it is a "
        "sentence for each value, or one with {value} where the value stands.",
        "page:\n  facts:\n    parcel: {label: Parcel, when_true: It is there.}   # and parcel is text",
        "Give the sentences that fit the fact's type.",
    ),
    Page(
        "P234",
        "An action on the status page that is not the customer's.",
        "The page offers what customers do themselves. What the staff does is theirs.",
        "page:\n  actions:\n    search: {event: search.asked}   # and search is by associate",
        "Offer an action that is declared with `by: customer`.",
    ),
    Page(
        "P235",
        "A mark that schema.org does not have for this kind.",
        "Programs that read the page know a state by its name in schema.org; each type has its own.",
        "page:\n  kind: Reservation\n  states:\n    ready: {mark: OrderDelivered}",
        "Take one of the names listed, or leave the mark out.",
    ),
    Page(
        "P236",
        "A translation that does not belong to a text of the pack.",
        "A translation stands under the very text that it translates, with the same braces. Where the text has been "
        "changed since, customers would read it in the wrong language.",
        'page:\n  texts:\n    de: {"Ready!": Bereit}   # and the title is Ready',
        "Write the text as the pack has it, or remove the translation.",
    ),
    Page(
        "P237",
        "A customer's own words that would be kept in clear.",
        "What a customer writes on the status page goes into the member `note` of the event. Unless the event says "
        "that it is personal, it cannot be forgotten with the person.",
        "page:\n  actions:\n    swap: {event: swap.asked, wish: text}   # and swap.asked has no `personal: [note]`",
        "Write `personal: [note]` at the event.",
    ),
)

_CATALOG: Final = (
    Page("P301", "There is no such pack.", "A pack is named, or given by the path of its folder or file.",
         "troth check delivry", "Take one of the names listed, or check the path."),
    Page("P302", "There is no such mapping.", "A mapping is a file in the pack's folder `mappings`, named without "
    "its ending, or a path.",
         "troth import data --pack delivery --map olits --db x.db", "Take one of the names listed, or check the path."),
    Page("P303", "A file cannot be read as text.", "Packs, mappings and scenarios are text in UTF-8.", "a pack.yaml "
    "saved as UTF-16",
         "Save it as UTF-8, and check that it may be read."),
    Page("P305", "A text that is too long for the page.", "The pack explorer compares a pack that is pasted into a "
    "form, and takes no more than the message names.",
         "a text of 240,000 characters; expected at most 200,000", "Compare it on the command line: `troth plan`."),
)  # fmt: skip

PAGES: Final[dict[str, Page]] = {page.code: page for page in (*_FORM, *_REFERENCES, *_MEANING, *_CATALOG)}
