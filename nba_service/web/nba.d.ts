/** Types of nba.js. As a module: `import nba from "https://…/nba.mjs"`; as a script: `window.nba`. */

export type Consent = "in" | "out" | "pending";

export interface Options {
  /** Where the service is; the origin of the script, if that is a `<script>` with `data-key`. */
  url?: string;
  /** A publishable key, `nbapk_…`. */
  key?: string;
  /** Nothing is sent or stored unless it is "in"; "pending" if left out. */
  consent?: Consent;
  /** Milliseconds after which a slot keeps what it shows; 300 if left out. */
  wait?: number;
  /** The channel of tracked touchpoints; the journey file's first with placements, if left out. */
  channel?: string;
  /** Say in the console why a slot keeps its default; "off" or false: never. On localhost if left out. */
  debug?: boolean | "on" | "off";
  /** Touchpoints, parted by blanks, after which the answers of this visit still hold; "page_view" if left out. */
  quiet?: string;
}

export interface Content {
  title: string;
  body: string;
  image_url: string;
  click_url: string;
  /** What stands on the link, where the journey file says it. */
  button?: string;
  /** Sanitised by the service; only where the journey file has HTML. */
  html?: string;
}

export interface Decision {
  placement: string;
  decision_id: string;
  /** Name of the chosen action, or "nothing". */
  action: string;
  /** null: show your default. */
  content: Content | null;
  /** The outcome that a click reports; null for doing nothing. */
  outcome: string | null;
}

export interface Identity {
  /** From your server: `POST /v1/identities`. */
  token?: string;
  /** What the visitor told this page; kept in the browser and used for its own decisions only. */
  attributes?: Record<string, string | number | boolean | null>;
}

export type Call =
  | ["start", Options]
  | ["consent", Consent]
  | ["track", string, Record<string, unknown>?]
  | ["identify", Identity]
  | ["outcome", string, string, number?]
  | ["refresh"]
  | ["reset"];

export interface NBA {
  readonly version: number;
  start(options: Options): void;
  consent(state: Consent): void;
  track(touchpoint: string, properties?: Record<string, unknown>): void;
  /** True if the service knows the visitor by the token, or none was given. */
  identify(identity: Identity): Promise<boolean>;
  /** Forget the visitor, for instance when somebody logs out. */
  reset(): void;
  /** For pages that draw themselves. Report `outcome(decision_id, "delivered")` when it was seen. */
  decide(placements: string[], context?: Record<string, string>): Promise<Record<string, Decision>>;
  outcome(decisionId: string, outcome: string, value?: number): void;
  /** Ask again for every slot in the page. */
  refresh(): void;
  /** Calls by name, as `window.nba = window.nba || []; nba.push(["consent", "in"])` makes them before the script is there. */
  push(...calls: Call[]): void;
}

export declare const nba: NBA;
export default nba;

declare global {
  interface Window {
    nba?: NBA;
  }
  interface HTMLElementEventMap {
    "nba:decision": CustomEvent<Decision>;
    "nba:overflow": CustomEvent<Decision>;
  }
}
