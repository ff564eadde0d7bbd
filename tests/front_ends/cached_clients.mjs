// The clients with a cache, under one interface: their recipes, and other actions of an application.
import { gql as apolloGql } from "@apollo/client";
import { gql as urqlGql } from "@urql/core";
import relayRuntime from "relay-runtime";
import PARTS from "./recipes/__generated__/chatPartsQuery.graphql.js";
import RELAY_PREFERENCES from "./recipes/__generated__/chatPreferencesQuery.graphql.js";
import RELAY_CHANGES from "./recipes/__generated__/chatPreferencesSubscription.graphql.js";
import RELAY_SESSIONS from "./recipes/__generated__/chatSessionsQuery.graphql.js";
import * as apolloRecipe from "./recipes/apollo.mjs";
import { PREFERENCES, PREFERENCE_CHANGES } from "./recipes/operations.mjs";
import * as relayRecipe from "./recipes/relay.mjs";
import * as urqlRecipe from "./recipes/urql.mjs";

const parts = `query Parts($range: DateRange!, $words: String!) { viewer { id
  insights(range: $range) { turns } searchConversations(query: $words) { nodes { id } }
  sessions { nodes { id } } preferences { id responseStyle } } }`;

/** Shows the data of a source's outcomes; returns a function that stops it. */
const shown = (source, show) => {
  const showing = source.subscribe(({ data }) => data && show(data));
  return () => showing.unsubscribe();
};

/** A client whose operations are strings and whose outcomes are `{data}`. */
const byText = (recipe, { watch, query, subscribe }) => ({
  connect: recipe.connect,
  showSessions: (client, show) => shown(recipe.list(client), show),
  showPreferences: (client, show) => shown(watch(client, PREFERENCES), show),
  showTurns: (client, session, show) =>
    shown(recipe.open(client, session), ({ node }) =>
      node && show(node.conversations.edges.map((edge) => edge.node))),
  followTurns(client, session) {
    const following = recipe.live(client, session);
    return () => following.unsubscribe();
  },
  followPreferences: (client) => shown(subscribe(client, PREFERENCE_CHANGES), () => {}),
  ask: async (...given) => (await recipe.ask(...given)).data.recordConversation,
  answer: recipe.answer,
  readParts: async (client, variables) => (await query(client, parts, variables)).data,
});

export const apollo = byText(apolloRecipe, {
  watch: (client, text) => client.watchQuery({ query: apolloGql(text) }),
  query: (client, text, variables) => client.query({ query: apolloGql(text), variables }),
  subscribe: (client, text) => client.subscribe({ query: apolloGql(text) }),
});

export const urql = byText(urqlRecipe, {
  watch: (client, text) => client.query(urqlGql(text), {}),
  query: (client, text, variables) => client.query(urqlGql(text), variables).toPromise(),
  subscribe: (client, text) => client.subscription(urqlGql(text), {}),
});

const watched = (query) => (environment, show) =>
  relayRecipe.watch(environment, query, {}, (data) => data?.viewer && show(data));

export const relay = {
  connect: relayRecipe.connect,
  showSessions: watched(RELAY_SESSIONS),
  showPreferences: watched(RELAY_PREFERENCES),
  showTurns: relayRecipe.open,
  followTurns(environment, session) {
    const following = relayRecipe.live(environment, session);
    return () => following.dispose();
  },
  followPreferences(environment) {
    const following = relayRuntime.requestSubscription(environment, { subscription: RELAY_CHANGES, variables: {} });
    return () => following.dispose();
  },
  ask: async (...given) => (await relayRecipe.ask(...given)).recordConversation,
  answer: relayRecipe.answer,
  readParts: (environment, variables) =>
    relayRuntime.fetchQuery(environment, PARTS, variables).toPromise(),
};
