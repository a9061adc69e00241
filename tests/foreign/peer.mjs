// Signs and verifies with the library of others. Reads {secret, headers, body} and writes {accepts, accepts_changed,
// signature} as JSON.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const { secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
const webhook = new Webhook(secret);

function accepts(text) {
  try {
    webhook.verify(text, headers);
    return true;
  } catch {
    return false;
  }
}

const moment = new Date(Number(headers["webhook-timestamp"]) * 1000);
const answer = {
  accepts: accepts(body),
  accepts_changed: accepts(body + " "),
  signature: webhook.sign(headers["webhook-id"], moment, body),
};
process.stdout.write(JSON.stringify(answer));
