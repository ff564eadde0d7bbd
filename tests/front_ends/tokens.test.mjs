// Streams during which a token expires: clients reconnect by themselves with a new one, and miss nothing.
import assert from "node:assert/strict";
import { sign } from "node:crypto";
import { test } from "node:test";
import WebSocket from "ws";
import { events, follow, socket } from "./recipes/live.mjs";
import { TURNS } from "./recipes/operations.mjs";
import { sleep, until, url } from "./support.mjs";

const LEEWAY = 30; // seconds that the API's clock may differ from an issuer's
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token that the API accepts for this many more seconds. */
function token(seconds) {
  const header = { alg: "RS256", typ: "JWT", kid: process.env.TOKEN_KID };
  const exp = Math.floor(Date.now() / 1000) - LEEWAY + seconds;
  const claims = { ...JSON.parse(process.env.TOKEN_CLAIMS), exp };
  const signed = `${encoded(header)}.${encoded(claims)}`;
  return `${signed}.${sign("sha256", signed, process.env.TOKEN_KEY).toString("base64url")}`;
}

const lasting = () => ({ Authorization: `Bearer ${token(300)}` });

async function call(query, variables = {}) {
  const headers = { "Content-Type": "application/json", ...lasting() };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** Seconds within which a stream begins: many times as long as a request takes on this machine now. */
async function ample() {
  const began = Date.now();
  await call("{ viewer { id } }");
  return 5 + Math.ceil((20 * (Date.now() - began)) / 1000);
}

/** Headers as an application gives them: a token that expires after `seconds`, and later a fresh one. */
function renewed(seconds) {
  const given = [];
  const headers = () => {
    given.push(given.length === 0 ? `Bearer ${token(seconds)}` : lasting().Authorization);
    return { Authorization: given.at(-1) };
  };
  return { given, headers };
}

const RECORD =
  "mutation ($session: ID!, $query: String!) { recordConversation(input: {sessionId: $session, query: $query}) { userErrors { code } } }";

for (const [name, connect] of Object.entries({
  "graphql-sse": (headers, away) => events({ url, headers, retry: away }),
  "graphql-ws": (headers, away) => socket({ url, headers, webSocketImpl: WebSocket, retryWait: away }),
}))
  test(`${name} comes back with a fresh token and misses nothing`, async () => {
    const { createSession } = await call("mutation { createSession { session { id } } }");
    const session = createSession.session.id;
    const { given, headers } = renewed(await ample());
    // Changes made before the client reconnects are missed, unless the cursor recovers them.
    const away = async () => {
      if (given.length > 1) return sleep(200);
      await call(RECORD, { session, query: "Missed" });
      given.push("away");
    };
    const client = connect(headers, away);
    const heard = [];
    const end = follow(client, TURNS, { session }, (change) => heard.push(change));
    await until("the beginning", () => heard.length === 1);
    await until("what was missed", () => heard.some(({ conversation }) => conversation?.query === "Missed"));
    await call(RECORD, { session, query: "Later" });
    await until("what came later", () => heard.some(({ conversation }) => conversation?.query === "Later"));
    assert.equal(heard.filter(({ kind }) => kind === "BEGUN").length, 1);
    assert.equal(given.length, 3, "the client connected twice, with different tokens");
    assert.notEqual(given[0], given[2]);
    end();
    await client.dispose();
  });
