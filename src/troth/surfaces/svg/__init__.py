"""Charts as SVG text, from one builder that escapes everything: for pages and for reports that need no script.

A chart is a value: a sentence, the drawing, and nothing fetched. Colours are CSS classes (`troth.surfaces.svg.style`),
so that light, dark, forced colours and paper are matters of a style sheet. No meaning is told by colour alone: every
mark is labelled, and the page puts a table with the same numbers under each chart.
"""
