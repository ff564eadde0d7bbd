import assert from "node:assert/strict";
import { after, test } from "node:test";
import relay from "relay-runtime";
import WebSocket from "ws";
import INSIGHTS from "./recipes/__generated__/chatInsightsQuery.graphql.js";
import PREFERENCES from "./recipes/__generated__/chatPreferencesQuery.graphql.js";
import CHANGES from "./recipes/__generated__/chatPreferencesSubscription.graphql.js";
import SESSIONS from "./recipes/__generated__/chatSessionsQuery.graphql.js";
import { answer, ask, connect, live, open, watch } from "./recipes/relay.mjs";
import { ORDERS, as, call, opened, shownOnce, sleep, until, url } from "./support.mjs";

const ended = [];
after(() => ended.forEach((end) => end()));

const client = (user, options = {}) =>
  connect({ url, headers: as(user), webSocketImpl: WebSocket, ...options });

function watched(environment, query) {
  const seen = { data: undefined };
  ended.push(watch(environment, query, {}, (data) => Object.assign(seen, { data })));
  return seen;
}

for (const [order, options] of Object.entries(ORDERS))
  test(`an optimistic turn is shown once: ${order}`, async () => {
    const user = `relay-${order.replaceAll(" ", "-")}`;
    const session = await opened(user);
    const environment = client(user, options);
    const shown = [];
    ended.push(open(environment, session, (turns) => shown.push(shownOnce(turns))));
    await until("the session", () => shown.length > 0);
    const following = live(environment, session);
    await sleep(1000); // until the subscription has begun
    const asking = ask(environment, session, "Why?", "mine");
    await until("the optimistic turn", () => shown.at(-1).length === 1);
    assert.match(shown.at(-1)[0].id, /^pending:/);
    const { recordConversation } = await asking;
    const { id } = recordConversation.conversationEdge.node;
    await until("the turn itself", () => shown.at(-1)[0].id === id);
    await sleep(2000); // until its event has come, whenever that is
    assert.deepEqual(shown.at(-1).map((turn) => turn.id), [id]);
    await answer(environment, id, "So.");
    await until("the answer", () => shown.at(-1)[0].response === "So.");
    await call(user, "mutation ($id: ID!) { deleteConversation(input: {conversationId: $id}) { userErrors { code } } }", { id });
    await until("the deletion", () => shown.at(-1).length === 0);
    following.dispose();
  });

test("counts and preferences are refreshed by a payload and by events", async () => {
  const environment = client("relay-counts");
  const sessions = watched(environment, SESSIONS);
  const preferences = watched(environment, PREFERENCES);
  const session = await opened("relay-counts");
  await until("both", () => sessions.data?.viewer && preferences.data?.viewer);
  await call("relay-counts", "mutation { createSession { session { id } } }");
  await ask(environment, session, "Refresh?", "counted");
  await until("the counts", () => sessions.data.viewer.sessionCounts.active === 2);
  const events = relay.requestSubscription(environment, { subscription: CHANGES, variables: {} });
  await sleep(500);
  await call("relay-counts", "mutation { updatePreferences(input: {preferences: {responseStyle: CONCISE}}) { userErrors { code } } }");
  await until("the other device's change", () => preferences.data.viewer.preferences.responseStyle === "CONCISE");
  events.dispose();
});

test("sessions, chats and preferences go on while the warehouse is away", async () => {
  const session = await opened("relay-away");
  const environment = client("relay-away");
  const range = { since: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z" };
  const { viewer } = await relay.fetchQuery(environment, INSIGHTS, { range }).toPromise();
  assert.equal(viewer.insights, null);
  assert.deepEqual(viewer.sessions.nodes.map(({ id }) => id), [session]);
  assert.equal(viewer.preferences.responseStyle, "DETAILED");
  const { recordConversation } = await ask(environment, session, "Still there?", "away");
  assert.equal(recordConversation.conversationEdge.node.query, "Still there?");
});
