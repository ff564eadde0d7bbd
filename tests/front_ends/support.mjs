// Helpers that the suites of all clients share.
import assert from "node:assert/strict";
import WebSocket from "ws";

export const url = process.env.RECOLLECT_GRAPHQL;
export const DELAY = 800;
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** The headers of a user; each suite has its own users, so that suites don't see each other's data. */
export const as = (user) => () => ({ "X-Recollect-Dev-User": `${user}@example.com` });

/** fetch over a network whose answers arrive late. */
export const slow = (ms) => async (...given) => {
  const answer = await fetch(...given);
  await sleep(ms);
  return answer;
};

/** WebSockets over a network whose messages arrive late; `events` has the received subscription events. */
export const slowSocket = (ms) =>
  class extends WebSocket {
    static events = [];

    set onmessage(take) {
      super.onmessage = (message) =>
        setTimeout(() => {
          take(message);
          const { type, payload } = JSON.parse(message.data);
          if (type === "next") this.constructor.events.push(payload);
        }, ms);
    }
  };

/** The answer of the API to one operation, without any client. */
export async function call(user, query, variables = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...as(user)() },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

export async function opened(user) {
  const data = await call(
    user,
    "mutation { createSession(input: {title: \"Shared\"}) { session { id } } }",
  );
  return data.createSession.session.id;
}

export async function until(what, condition, ms = 120_000) {
  const end = Date.now() + ms;
  while (!condition()) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await sleep(20);
  }
}

/** Fails if a list ever shows a turn twice. */
export function shownOnce(turns) {
  const ids = turns.map(({ clientId }) => clientId);
  assert.equal(new Set(ids).size, ids.length, `a turn is shown twice: ${ids}`);
  return turns;
}

/** Networks with different delays: the payload comes first, the event comes first, or both at once. */
export const ORDERS = {
  "the payload first": () => ({ fetch: slow(DELAY / 4), webSocketImpl: slowSocket(2 * DELAY) }),
  "the event first": () => ({ fetch: slow(2 * DELAY), webSocketImpl: slowSocket(DELAY / 4) }),
  "both at once": () => ({ fetch: slow(DELAY), webSocketImpl: slowSocket(DELAY) }),
};
