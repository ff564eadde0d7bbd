// The recipes of clients with a cache, and what else an application does with each, under the same names.
import { gql as apolloGql } from "@apollo/client";
import { gql as urqlGql } from "@urql/core";
import * as apolloRecipe from "./recipes/apollo.mjs";
import * as urqlRecipe from "./recipes/urql.mjs";

export const apollo = {
  ...apolloRecipe,
  watch: (client, text) => client.watchQuery({ query: apolloGql(text) }),
  query: async (client, text, variables) => {
    const { data, error } = await client.query({ query: apolloGql(text), variables });
    return { data, errors: error?.errors };
  },
  mutate: (client, text) => client.mutate({ mutation: apolloGql(text) }),
  subscribe: (client, text) => client.subscribe({ query: apolloGql(text) }).subscribe(() => {}),
};

export const urql = {
  ...urqlRecipe,
  watch: (client, text) => client.query(urqlGql(text), {}),
  query: async (client, text, variables) => {
    const { data, error } = await client.query(urqlGql(text), variables).toPromise();
    return { data, errors: error?.graphQLErrors };
  },
  mutate: (client, text) => client.mutation(urqlGql(text), {}).toPromise(),
  subscribe: (client, text) => client.subscription(urqlGql(text), {}).subscribe(() => {}),
};
