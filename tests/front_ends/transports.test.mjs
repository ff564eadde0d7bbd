// graphql-ws, graphql-sse, and the persisted queries of Apollo and urql.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import WebSocket from "ws";
import { events, follow, pause, socket } from "./recipes/live.mjs";
import { TURNS } from "./recipes/operations.mjs";
import { as, call, opened, sleep, until, url } from "./support.mjs";

const RECORD =
  "mutation ($session: ID!, $query: String!) { recordConversation(input: {sessionId: $session, query: $query}) { userErrors { code } } }";
const VIEWER = "query Viewer { viewer { id } }";
const sha256 = async (text) => createHash("sha256").update(text).digest("hex");

test("graphql-ws continues from the last cursor after it was cut off", async () => {
  const session = await opened("ws");
  const opens = [];
  const client = socket({ url, headers: as("ws"), webSocketImpl: WebSocket,
    on: { opened: (raw) => opens.push(raw) }, retryWait: () => sleep(1500) });
  const heard = [];
  const end = follow(client, TURNS, { session }, (change) => heard.push(change));
  await until("the beginning", () => heard.length === 1);
  opens[0].terminate();
  await call("ws", RECORD, { session, query: "Missed" });
  await until("what was missed", () => heard.some(({ conversation }) => conversation?.query === "Missed"));
  assert.equal(heard.filter(({ kind }) => kind === "BEGUN").length, 1);
  end();
  await client.dispose();
});

test("graphql-sse continues from the last cursor after it was cut off", async () => {
  const session = await opened("sse");
  let cut = null;
  const fetchFn = async (input, init) => {
    const broken = new AbortController();
    const answer = await fetch(input, { ...init, signal: AbortSignal.any([init.signal, broken.signal]) });
    cut ??= () => broken.abort(new TypeError("the network is gone"));
    return answer;
  };
  const client = events({ url, headers: as("sse"), fetchFn, retry: () => sleep(1500) });
  const heard = [];
  const end = follow(client, TURNS, { session }, (change) => heard.push(change));
  await until("the beginning", () => heard.length === 1);
  cut();
  await call("sse", RECORD, { session, query: "Missed" });
  await until("what was missed", () => heard.some(({ conversation }) => conversation?.query === "Missed"));
  assert.equal(heard.filter(({ kind }) => kind === "BEGUN").length, 1);
  end();
  client.dispose();
});

test("whoever was away for long comes back within a minute", () => {
  assert.ok(pause(0) <= 1000);
  assert.ok(pause(5) >= 16_000);
  assert.ok(pause(1000) >= 30_000 && pause(1000) <= 60_000);
});

test("Apollo sends the query itself where hashes are not known", async () => {
  const link = ApolloLink.from([
    new PersistedQueryLink({ sha256 }),
    new HttpLink({ uri: url, headers: as("apq")() }),
  ]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const { data } = await client.query({ query: gql(VIEWER) });
  assert.match(data.viewer.id, /^Viewer\./);
});

test("urql sends the query itself where hashes are not known", async () => {
  const client = new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: as("apq")() },
    exchanges: [persistedExchange({ preferGetForPersistedQueries: false, generateHash: (text) => sha256(text) }), fetchExchange],
  });
  const { data, error } = await client.query(VIEWER, {}).toPromise();
  assert.equal(error, undefined);
  assert.match(data.viewer.id, /^Viewer\./);
});

test("a form with a file is refused by what it should have been", async () => {
  const form = new FormData();
  form.append("file", new Blob(["[]"], { type: "application/json" }), "chats.json");
  const answer = await fetch(new URL("/imports", url), { method: "POST", headers: as("form")(), body: form });
  assert.equal(answer.status, 415);
  const { errors } = await answer.json();
  assert.match(errors[0].message, /Send the file itself as the body/);
});
