// What an application sees in the cache of a client, which CLIENT names: apollo, urql or relay.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as clients from "./cached_clients.mjs";
import { ORDERS, as, call, opened, shownOnce, slowSocket, until, url } from "./support.mjs";

const name = process.env.CLIENT;
const client = clients[name];
const ended = [];
after(() => ended.forEach((end) => end()));

/** A client of a user, and the events it has received from its socket. */
function connected(user, { webSocketImpl = slowSocket(0), ...options } = {}) {
  const made = client.connect({ url, headers: as(user), webSocketImpl, ...options });
  ended.push(() => made.stop?.());
  return { made, events: webSocketImpl.events };
}

/** All states that are shown, in order. */
function seen(show, ...given) {
  const all = [];
  ended.push(show(...given, (data) => all.push(data)));
  return all;
}

for (const [order, network] of Object.entries(ORDERS))
  test(`an optimistic turn is shown once: ${order}`, async () => {
    const user = `${name}-${order.replaceAll(" ", "-")}`;
    const session = await opened(user);
    const { made, events } = connected(user, network());
    const sessions = seen(client.showSessions, made);
    await until("the sessions", () => sessions.length > 0);
    const turns = [];
    ended.push(client.showTurns(made, session, (given) => turns.push(shownOnce(given))));
    await until("the session", () => turns.length > 0);
    const end = client.followTurns(made, session);
    await until("the subscription", () => events.length === 1);
    const asking = client.ask(made, session, "Why?", "mine");
    await until("the optimistic turn", () => turns.at(-1).length === 1);
    assert.match(turns.at(-1)[0].id, /^pending:/);
    const { id } = (await asking).conversationEdge.node;
    await until("the turn itself", () => turns.at(-1)[0].id === id);
    await until("its event", () => events.length > 1);
    assert.deepEqual(turns.at(-1).map((turn) => turn.id), [id]);
    await client.answer(made, id, "So.");
    await until("the answer", () => turns.at(-1)[0].response === "So.");
    await call(user, "mutation ($id: ID!) { deleteConversation(input: {conversationId: $id}) { userErrors { code } } }", { id });
    await until("the deletion", () => turns.at(-1).length === 0);
    end();
  });

test("what happens while it is cut off is shown when it is back", async () => {
  const user = `${name}-cut-off`;
  const session = await opened(user);
  const sockets = [];
  let comeBack;
  const back = new Promise((done) => { comeBack = done; });
  const { made, events } = connected(user, {
    webSocketImpl: slowSocket(0), on: { opened: (socket) => sockets.push(socket) }, retryWait: () => back,
  });
  const turns = seen(client.showTurns, made, session);
  await until("the session", () => turns.length > 0);
  const end = client.followTurns(made, session);
  await until("the subscription", () => events.length === 1);
  sockets[0].terminate();
  await call(user, `mutation ($id: ID!) { recordConversation(input: {sessionId: $id, query: "Missed"}) {
    userErrors { code } } }`, { id: session });
  comeBack();
  await until("what was missed", () => turns.at(-1).some(({ query }) => query === "Missed"));
  end();
});

test("counts and preferences are refreshed by a payload and by events", async () => {
  const user = `${name}-counts`;
  const session = await opened(user);
  const { made, events } = connected(user);
  const sessions = seen(client.showSessions, made);
  const preferences = seen(client.showPreferences, made);
  await until("both", () => sessions.length > 0 && preferences.length > 0);
  await opened(user);
  assert.equal(sessions.at(-1).viewer.sessionCounts.active, 1);
  await client.ask(made, session, "Refresh?", "counted");
  await until("the counts", () => sessions.at(-1).viewer.sessionCounts.active === 2);
  const end = client.followPreferences(made);
  await until("the subscription", () => events.length === 1);
  await call(user, "mutation { updatePreferences(input: {preferences: {responseStyle: CONCISE}}) { userErrors { code } } }");
  await until("the other device's change", () => preferences.at(-1).viewer.preferences.responseStyle === "CONCISE");
  end();
});

test("sessions, chats and preferences go on while the warehouse is away", async () => {
  const user = `${name}-away`;
  const session = await opened(user);
  const { made } = connected(user);
  const range = { since: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z" };
  const { viewer } = await client.readParts(made, { range, words: "tides" });
  assert.equal(viewer.insights, null);
  assert.equal(viewer.searchConversations, null);
  assert.deepEqual(viewer.sessions.nodes.map(({ id }) => id), [session]);
  assert.equal(viewer.preferences.responseStyle, "DETAILED");
  const { conversationEdge } = await client.ask(made, session, "Still there?", "away");
  assert.equal(conversationEdge.node.query, "Still there?");
});
