import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gql } from "@apollo/client";
import WebSocket from "ws";
import { answer, ask, connect, list, live, open } from "./recipes/apollo.mjs";
import { PREFERENCES, PREFERENCE_CHANGES } from "./recipes/operations.mjs";
import { ORDERS, as, call, opened, shownOnce, sleep, until, url } from "./support.mjs";

const ended = [];
after(() => ended.forEach((end) => end()));

const client = (user, options = {}) => {
  const made = connect({ url, headers: as(user), webSocketImpl: WebSocket, ...options });
  ended.push(() => made.stop());
  return made;
};

function watched(query) {
  const seen = { data: undefined, error: undefined };
  const watch = query.subscribe(({ data, error }) => Object.assign(seen, { data, error }));
  ended.push(() => watch.unsubscribe());
  return seen;
}

for (const [order, options] of Object.entries(ORDERS))
  test(`an optimistic turn is shown once: ${order}`, async () => {
    const user = `apollo-${order.replaceAll(" ", "-")}`;
    const session = await opened(user);
    const apollo = client(user, options);
    await apollo.query({ query: list(apollo).options.query });
    const shown = [];
    const watch = open(apollo, session).subscribe(({ data }) => {
      if (data?.node) shown.push(shownOnce(data.node.conversations.edges.map(({ node }) => node)));
    });
    ended.push(() => watch.unsubscribe());
    await until("the session", () => shown.length > 0);
    const following = live(apollo, session);
    await sleep(1000); // until the subscription has begun
    const asking = ask(apollo, session, "Why?", "mine");
    await until("the optimistic turn", () => shown.at(-1).length === 1);
    assert.match(shown.at(-1)[0].id, /^pending:/);
    const { data } = await asking;
    const { id } = data.recordConversation.conversationEdge.node;
    await until("the turn itself", () => shown.at(-1)[0].id === id);
    await sleep(2000); // until its event has come, whenever that is
    assert.deepEqual(shown.at(-1).map((turn) => turn.id), [id]);
    await answer(apollo, id, "So.");
    await until("the answer", () => shown.at(-1)[0].response === "So.");
    await call(user, "mutation ($id: ID!) { deleteConversation(input: {conversationId: $id}) { userErrors { code } } }", { id });
    await until("the deletion", () => shown.at(-1).length === 0);
    following.unsubscribe();
  });

test("counts and preferences are refreshed by a payload and by events", async () => {
  const apollo = client("apollo-counts");
  const sessions = watched(list(apollo));
  const preferences = watched(apollo.watchQuery({ query: gql(PREFERENCES) }));
  await until("both", () => sessions.data && preferences.data);
  const opening = gql`mutation { createSession { session { id } viewer { id sessionCounts { active archived trash } } } }`;
  await apollo.mutate({ mutation: opening });
  await until("the count", () => sessions.data.viewer.sessionCounts.active === 1);
  const events = apollo.subscribe({ query: gql(PREFERENCE_CHANGES) }).subscribe(() => {});
  await sleep(500);
  await call("apollo-counts", "mutation { updatePreferences(input: {preferences: {responseStyle: CONCISE}}) { userErrors { code } } }");
  await until("the other device's change", () => preferences.data.viewer.preferences.responseStyle === "CONCISE");
  events.unsubscribe();
});

test("sessions, chats and preferences go on while the warehouse is away", async () => {
  const session = await opened("apollo-away");
  const apollo = client("apollo-away");
  const query = gql`query ($range: DateRange!) { viewer { id insights(range: $range) { turns }
    sessions { nodes { id title } } preferences { id responseStyle } } }`;
  const range = { since: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z" };
  const { data, error } = await apollo.query({ query, variables: { range } });
  assert.equal(error.errors[0].extensions.code, "UNAVAILABLE");
  assert.equal(data.viewer.insights, null);
  assert.deepEqual(data.viewer.sessions.nodes.map(({ id }) => id), [session]);
  assert.equal(data.viewer.preferences.responseStyle, "DETAILED");
  const { data: asked } = await ask(apollo, session, "Still there?", "away");
  assert.equal(asked.recordConversation.conversationEdge.node.query, "Still there?");
});
