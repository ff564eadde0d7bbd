// An answer that one device writes and another sees grow.
import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { followAnswers } from "./recipes/growing.mjs";
import { events, socket } from "./recipes/live.mjs";
import { as, call, opened, until, url } from "./support.mjs";

const RECORD = `mutation ($session: ID!) { recordConversation(input: {sessionId: $session, query: "Why?"}) {
  conversation { id } } }`;
const EXTEND = `mutation ($input: ExtendConversationInput!) { extendConversation(input: $input) {
  conversation { id } userErrors { message } } }`;
const COMPLETE = `mutation ($input: CompleteConversationInput!) { completeConversation(input: $input) {
  conversation { id } userErrors { message } } }`;

for (const [name, connect] of Object.entries({
  "graphql-ws": (user) => socket({ url, headers: as(user), webSocketImpl: WebSocket }),
  "graphql-sse": (user) => events({ url, headers: as(user) }),
}))
  test(`an answer grows, breaks off, goes on, fails and is complete over ${name}`, async () => {
    const user = `growing-${name}`;
    const session = await opened(user);
    const client = connect(user);
    const seen = [];
    let begun = false;
    const end = followAnswers(client, session, {
      begun: () => { begun = true; },
      show: (id, { state, text }) => seen.push(`${state} ${text}`),
      brokenOffAfter: 3000,
    });
    await until("the beginning", () => begun);
    let from = 0;
    // On a busy machine the next state may arrive before the test looks, so each is searched for among all.
    const shows = async (what) => {
      await until(`${what} in ${seen}`, () => seen.indexOf(what, from) >= from);
      from = seen.indexOf(what, from) + 1;
    };
    const { recordConversation } = await call(user, RECORD, { session });
    const conversationId = recordConversation.conversation.id;
    await shows("WAITING ");
    const extend = (given) => call(user, EXTEND, { input: { conversationId, ...given } });
    await extend({ offset: 0, text: "Because 🌍" });
    await shows("GROWING Because 🌍");
    await shows("BROKEN_OFF Because 🌍");
    await extend({ offset: [..."Because 🌍"].length, text: " turns" });
    await shows("GROWING Because 🌍 turns");
    await extend({ offset: [..."Because 🌍 turns"].length, text: "", failed: true });
    await shows("FAILED Because 🌍 turns");
    await call(user, COMPLETE, { input: { conversationId, response: "Because it turns." } });
    await shows("ANSWERED Because it turns.");
    end();
    await client.dispose();
  });
