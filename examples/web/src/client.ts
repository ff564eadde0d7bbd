// The API's client: one cache, HTTP for questions, one WebSocket for what changes.
import { cacheExchange, type Cache } from "@urql/exchange-graphcache";
import { createClient } from "graphql-ws";
import { Client, fetchExchange, subscriptionExchange } from "urql";
import { OPEN, SESSIONS, type Edge, type Turn } from "./operations";

declare const API: string;

const WITHOUT_ID = ["ConversationConnection", "ConversationEdge", "SessionConnection", "SessionCounts", "SessionEdge", "UserError"];

/** Show a turn once, whatever tells of it first: by its clientId, which never changes. */
function put(cache: Cache, session: string, edge: Edge): void {
  cache.updateQuery({ query: OPEN, variables: { id: session } }, (data) => {
    if (!data?.node) return data;
    const { edges } = data.node.conversations;
    const at = edges.findIndex(({ node }) => node.clientId === edge.node.clientId);
    const changed = at < 0 ? [...edges, edge] : edges.with(at, edge);
    return { ...data, node: { ...data.node, conversations: { ...data.node.conversations, edges: changed } } };
  });
}

export function connect(user: string): Client {
  // Where people log in: { Authorization: `Bearer ${token}` }.
  const headers = { "X-Recollect-Dev-User": user };
  const live = createClient({
    url: API.replace(/^http/, "ws"),
    connectionParams: headers,
    retryAttempts: Infinity,
    // Longer each time, up to a minute, and never for all clients at once.
    retryWait: (retries) =>
      new Promise((done) => setTimeout(done, (0.5 + Math.random() / 2) * Math.min(60_000, 1000 * 2 ** retries))),
    // Not what can't be sent: that would be tried again at once, for ever.
    shouldRetry: (fault) => !(fault instanceof Error) || "code" in fault,
  });
  const cache = cacheExchange({
    keys: Object.fromEntries(WITHOUT_ID.map((name) => [name, () => null])),
    optimistic: {
      recordConversation: (args) => {
        const { clientId, query } = args.input as { clientId: string; query: string };
        return {
          __typename: "ConversationPayload",
          conversationEdge: {
            __typename: "ConversationEdge",
            cursor: "",
            node: { __typename: "Conversation", id: `pending:${clientId}`, clientId, query, response: null },
          },
          userErrors: [],
        };
      },
    },
    updates: {
      Mutation: {
        createSession(result, _, cache) {
          const { sessionEdge } = result.createSession as { sessionEdge: { node: { id: string; title: string } } };
          cache.updateQuery({ query: SESSIONS }, (data) => {
            if (!data) return data;
            const { sessions } = data.viewer;
            const others = sessions.edges.filter(({ node }) => node.id !== sessionEdge.node.id);
            return { viewer: { ...data.viewer, sessions: { ...sessions, edges: [sessionEdge, ...others] } } };
          });
        },
        recordConversation(result, args, cache) {
          const { conversationEdge } = result.recordConversation as { conversationEdge: Edge | null };
          const { sessionId } = args.input as { sessionId: string };
          if (conversationEdge) put(cache, sessionId, conversationEdge);
        },
      },
      Subscription: {
        conversationChanges(result, args, cache) {
          const change = result.conversationChanges as { deletedConversationId: string | null; conversation: Turn | null };
          if (change.deletedConversationId)
            cache.invalidate({ __typename: "Conversation", id: change.deletedConversationId });
          if (change.conversation)
            put(cache, args.sessionId as string, {
              __typename: "ConversationEdge",
              cursor: "",
              node: { ...change.conversation, __typename: "Conversation" },
            });
        },
      },
    },
  });
  return new Client({
    url: API,
    preferGetMethod: false,
    fetchOptions: { headers },
    exchanges: [
      cache,
      fetchExchange,
      subscriptionExchange({
        // The variables stay the same object, so that a reconnection continues from the last cursor.
        forwardSubscription: ({ query = "", variables }) => ({
          subscribe: (sink) => {
            const current: Record<string, unknown> = { ...variables };
            const unsubscribe = live.subscribe<Record<string, { cursor: string }>>(
              { query, variables: current },
              {
                ...sink,
                next(result) {
                  current.after = Object.values(result.data ?? {})[0]?.cursor;
                  sink.next(result as Parameters<typeof sink.next>[0]);
                },
              },
            );
            return { unsubscribe };
          },
        }),
      }),
    ],
  });
}
