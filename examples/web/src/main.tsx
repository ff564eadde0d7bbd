import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "urql";
import { App } from "./App";
import { connect } from "./client";

const user = new URLSearchParams(location.search).get("user") ?? "dev@example.com";

createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <Provider value={connect(user)}>
      <App />
    </Provider>
  </StrictMode>,
);
