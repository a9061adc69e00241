// Everything that Lighthouse asks, but for one audit: a customer's page is for whoever has its link, so it asks search
// engines not to keep it (noindex), which the audit "is-crawlable" takes for a mistake.
export default { extends: "lighthouse:default", settings: { skipAudits: ["is-crawlable"] } };
