// Trusted documents, named by the hashes of a manifest as build tools write it: {"sha256:…": "query …"}.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { validateMessage } from "graphql-ws";
import WebSocket from "ws";
import { events, socket } from "./recipes/live.mjs";
import { byHash } from "./recipes/trusted.mjs";
import { as, url } from "./support.mjs";

const manifest = JSON.parse(readFileSync(process.env.DOCUMENTS));
const named = (name) => Object.entries(manifest).find(([, text]) => text.includes(` ${name} {`));
const hash = (name) => named(name)[0].replace("sha256:", "");
const headers = as("documents");
const VIEWER = "query Viewer { viewer { id } }";

/** A fetch that keeps the sent bodies. */
function kept() {
  const sent = [];
  const fetched = (input, init) => {
    sent.push(JSON.parse(init.body));
    return fetch(input, init);
  };
  return { sent, fetched };
}

/** The first outcome of an operation over a live connection. */
const first = (client, payload) =>
  new Promise((done, error) => {
    const end = client.subscribe(payload, {
      next(outcome) {
        done(outcome);
        setTimeout(end);
      },
      error,
      complete() {},
    });
  });

test("Apollo runs a trusted document by its hash alone", async () => {
  const { sent, fetched } = kept();
  const link = ApolloLink.from([
    new PersistedQueryLink({ generateHash: ({ definitions }) => hash(definitions[0].name.value) }),
    new HttpLink({ uri: url, headers: headers(), fetch: fetched }),
  ]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const { data } = await client.query({ query: gql(VIEWER) });
  assert.match(data.viewer.id, /^Viewer\./);
  assert.deepEqual(sent.map(({ query }) => query), [undefined]);
});

test("Apollo runs a trusted document by its text too", async () => {
  const link = new HttpLink({ uri: url, headers: headers() });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const { data } = await client.query({ query: gql(VIEWER) });
  assert.match(data.viewer.id, /^Viewer\./);
});

test("urql runs a trusted document by its hash alone", async () => {
  const { sent, fetched } = kept();
  const client = new Client({
    url, fetch: fetched, preferGetMethod: false, fetchOptions: { headers: headers() },
    exchanges: [
      persistedExchange({
        enforcePersistedQueries: true,
        preferGetForPersistedQueries: false,
        generateHash: async (_, { definitions }) => hash(definitions[0].name.value),
      }),
      fetchExchange,
    ],
  });
  const { data, error } = await client.query(VIEWER, {}).toPromise();
  assert.equal(error, undefined);
  assert.match(data.viewer.id, /^Viewer\./);
  assert.deepEqual(sent.map(({ query }) => query), [undefined]);
});

const preferences = byHash(hash("Preferences"));

test("graphql-ws runs a trusted document by its hash, and is told that others are refused", async () => {
  const live = socket({ url, headers, webSocketImpl: WebSocket });
  const { data } = await first(live, preferences);
  assert.equal(data.preferenceChanges.kind, "BEGUN");
  await assert.rejects(first(live, { query: "subscription { sessionChanges { kind } }" }), ([refused]) => {
    assert.equal(refused.extensions.code, "TRUSTED_DOCUMENT_REQUIRED");
    return true;
  });
  await live.dispose();
});

test("graphql-sse runs a trusted document by its hash and by its id", async () => {
  const live = events({ url, headers });
  for (const payload of [preferences, { documentId: named("Preferences")[0] }]) {
    const { data } = await first(live, payload);
    assert.equal(data.preferenceChanges.kind, "BEGUN");
  }
  live.dispose();
});

test("graphql-ws sends no operation without a query, which is why the recipe has an empty one", () => {
  const { query, ...without } = preferences;
  const message = (payload) => () => validateMessage({ id: "1", type: "subscribe", payload });
  assert.throws(message(without), /query/);
  assert.doesNotThrow(message(preferences));
});

test("graphql-sse is told once that a document is refused, and does not try again", async () => {
  let sent = 0;
  const fetchFn = (...given) => {
    sent++;
    return fetch(...given);
  };
  const live = events({ url, headers, fetchFn, retry: async () => {} });
  const told = [];
  await new Promise((complete, error) => {
    const query = "subscription { sessionChanges { kind } }";
    live.subscribe({ query }, { next: (outcome) => told.push(outcome), error, complete });
  });
  assert.deepEqual(told.map(({ errors }) => errors[0].extensions.code), ["TRUSTED_DOCUMENT_REQUIRED"]);
  assert.equal(sent, 1);
  live.dispose();
});
