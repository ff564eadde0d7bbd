// What an application sees in the cache of a client, which CLIENT names: Apollo Client or urql.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import WebSocket from "ws";
import * as clients from "./cached_clients.mjs";
import { PREFERENCES, PREFERENCE_CHANGES } from "./recipes/operations.mjs";
import { ORDERS, as, call, opened, shownOnce, sleep, until, url } from "./support.mjs";

const name = process.env.CLIENT;
const { connect, list, open, live, ask, answer, watch, query, mutate, subscribe } = clients[name];
const ended = [];
after(() => ended.forEach((end) => end()));

const client = (user, options = {}) => {
  const made = connect({ url, headers: as(user), webSocketImpl: WebSocket, ...options });
  ended.push(() => made.stop?.());
  return made;
};

function watched(source) {
  const seen = { data: undefined };
  const watching = source.subscribe(({ data }) => Object.assign(seen, { data }));
  ended.push(() => watching.unsubscribe());
  return seen;
}

for (const [order, options] of Object.entries(ORDERS))
  test(`an optimistic turn is shown once: ${order}`, async () => {
    const user = `${name}-${order.replaceAll(" ", "-")}`;
    const session = await opened(user);
    const made = client(user, options);
    const sessions = watched(list(made));
    await until("the sessions", () => sessions.data);
    const shown = [];
    const watching = open(made, session).subscribe(({ data }) => {
      if (data?.node) shown.push(shownOnce(data.node.conversations.edges.map(({ node }) => node)));
    });
    ended.push(() => watching.unsubscribe());
    await until("the session", () => shown.length > 0);
    const following = live(made, session);
    await sleep(1000); // until the subscription has begun
    const asking = ask(made, session, "Why?", "mine");
    await until("the optimistic turn", () => shown.at(-1).length === 1);
    assert.match(shown.at(-1)[0].id, /^pending:/);
    const { data } = await asking;
    const { id } = data.recordConversation.conversationEdge.node;
    await until("the turn itself", () => shown.at(-1)[0].id === id);
    await sleep(2000); // until its event has come, whenever that is
    assert.deepEqual(shown.at(-1).map((turn) => turn.id), [id]);
    await answer(made, id, "So.");
    await until("the answer", () => shown.at(-1)[0].response === "So.");
    await call(user, "mutation ($id: ID!) { deleteConversation(input: {conversationId: $id}) { userErrors { code } } }", { id });
    await until("the deletion", () => shown.at(-1).length === 0);
    following.unsubscribe();
  });

test("counts and preferences are refreshed by a payload and by events", async () => {
  const made = client(`${name}-counts`);
  const sessions = watched(list(made));
  const preferences = watched(watch(made, PREFERENCES));
  await until("both", () => sessions.data && preferences.data);
  await mutate(made, "mutation { createSession { session { id } viewer { id sessionCounts { active archived trash } } } }");
  await until("the count", () => sessions.data.viewer.sessionCounts.active === 1);
  const events = subscribe(made, PREFERENCE_CHANGES);
  await sleep(500);
  await call(`${name}-counts`, "mutation { updatePreferences(input: {preferences: {responseStyle: CONCISE}}) { userErrors { code } } }");
  await until("the other device's change", () => preferences.data.viewer.preferences.responseStyle === "CONCISE");
  events.unsubscribe();
});

test("sessions, chats and preferences go on while the warehouse is away", async () => {
  const session = await opened(`${name}-away`);
  const made = client(`${name}-away`);
  const asked = `query ($range: DateRange!) { viewer { id insights(range: $range) { turns }
    sessions { nodes { id title } } preferences { id responseStyle } } }`;
  const range = { since: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z" };
  const { data, errors } = await query(made, asked, { range });
  assert.equal(errors[0].extensions.code, "UNAVAILABLE");
  assert.equal(data.viewer.insights, null);
  assert.deepEqual(data.viewer.sessions.nodes.map(({ id }) => id), [session]);
  assert.equal(data.viewer.preferences.responseStyle, "DETAILED");
  const { data: recorded } = await ask(made, session, "Still there?", "away");
  assert.equal(recorded.recordConversation.conversationEdge.node.query, "Still there?");
});
