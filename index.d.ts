/**
 * Scripted users of PixelTales for k6.
 *
 * A script makes a {@link User} in its init context and lets it visit in a
 * scenario's function; one VU is one person. One more VU, a {@link Watch},
 * announces the phases and can sample the target's memory. All functions return
 * or throw. {@link User.visit}, {@link User.loadPage}, {@link Crowd.hold} and
 * {@link Watch.run} work in a scenario's function only; all else works everywhere.
 *
 * ```javascript
 * import { User, Watch, phases, scenarios, settings } from 'k6/x/pixeltales';
 *
 * const plan = phases([
 *   { name: 'idle', users: 0, warmup_seconds: 0, hold_seconds: 10 },
 *   { name: 'users=3', users: 3, warmup_seconds: 15, hold_seconds: 60 },
 * ]);
 *
 * export const options = {
 *   scenarios: scenarios(plan),
 *   thresholds: { pixeltales_delivery: ['rate>=0.99'] },
 * };
 *
 * const user = new User({ ...settings(__ENV), personas: { reader: 2, artist: 1 }, phases: plan });
 * const watcher = new Watch({ phases: plan });
 *
 * export function users() { user.visit(); }
 * export function watch() { watcher.run(); }
 * ```
 *
 * @module k6/x/pixeltales
 */
declare module "k6/x/pixeltales" {
  /** A stretch of the test with a constant number of users. */
  export interface Phase {
    /** Name, which becomes the tag `phase` of every sample. No other phase has it. */
    name: string;
    /** How many users are there. Those of the phase before stay. */
    users: number;
    /** Seconds before the hold, in which users arrive and caches fill. Default: 0. */
    warmup_seconds?: number;
    /** Seconds of the hold. Default: 0; one of the two must be more. */
    hold_seconds?: number;
    /**
     * How often each user comes and goes in the phase, at even distances: a visit
     * takes 6 seconds at least, and 6 lie between two. Default: 0, they stay.
     */
    visits?: number;
  }

  /**
   * Checks phases and returns them.
   *
   * @param phases an array, or its JSON text as in `__ENV.PIXELTALES_PHASES`
   * @throws when there is none, two have one name, a key is unknown or a figure is impossible
   *
   * ```javascript
   * const plan = phases(__ENV.PIXELTALES_PHASES);
   * ```
   */
  export function phases(phases: string | Phase[]): Phase[];

  /**
   * Returns k6's scenarios for the phases: `users`, which runs the script's
   * function `users` in a VU for each person at the fullest phase, and `watch`,
   * which runs its function `watch` in one VU. Without users in any phase there
   * is no scenario `users`.
   *
   * ```javascript
   * export const options = { scenarios: scenarios(plan) };
   * ```
   */
  export function scenarios(phases: Phase[]): Record<string, Scenario>;

  /** A scenario as k6 wants it. */
  export interface Scenario {
    executor: "per-vu-iterations";
    /** The script's function that it runs. */
    exec: string;
    vus: number;
    iterations: number;
    maxDuration: string;
    gracefulStop: string;
  }

  /** What a user does; `user` is the default one. scenarios/README.md says more. */
  export type Persona =
    | "user" | "host" | "guest" | "artist" | "writer"
    | "reader" | "social" | "player" | "lurker" | "slow-reader";

  /** The names of all personas. */
  export const personas: Persona[];

  /**
   * Who the users are: a map of shares, or the same as text.
   *
   * ```javascript
   * new User({ url, accounts, phases: plan, personas: { reader: 2, artist: 1 } });
   * new User({ url, accounts, phases: plan, personas: 'reader=2,artist=1' });
   * ```
   */
  export type Mix = Partial<Record<Persona, number>> | string;

  /**
   * Returns how many times a minute a user asks for the public list in the long
   * run, on average over the personas.
   *
   * @throws when a persona or a habit is unknown or impossible
   *
   * ```javascript
   * listRequestsAMinute(); // 2, the default user's
   * listRequestsAMinute({ personas: { reader: 2, artist: 1 }, habits: { thinkSeconds: [10, 20] } });
   * ```
   */
  export function listRequestsAMinute(options?: { personas?: Mix; habits?: Habits }): number;

  /**
   * Returns the options of a User that the environment has: `PIXELTALES_URL`,
   * `_ACCOUNTS`, `_SECRET_KEY`, `_PERSONA`, `_SEED` (default: 1) and `_HABITS`
   * (JSON). What is not set is left out, so what a script gives before stands.
   *
   * @throws when the seed is no number, the habits are no JSON, or the environment
   * has a name that begins with `PIXELTALES_` and is unknown
   *
   * ```javascript
   * new User({ personas: { reader: 1 }, ...settings(__ENV), phases: plan });
   * ```
   */
  export function settings(environment: Record<string, string>): Omit<UserOptions, "phases">;

  /**
   * How users go about what their personas do.
   *
   * ```javascript
   * // In a hurry, and with pages of 60 strokes.
   * new User({ url, accounts, phases: plan, habits: { thinkSeconds: [2, 5], pageBytes: 146_000 } });
   * ```
   */
  export interface Habits {
    /** Shortest and longest time on a page, in seconds; not the default user's. Default: [20, 60]. */
    thinkSeconds?: [number, number];
    /** How long a host waits for its guests, in seconds. Default: 10. */
    lobbySeconds?: number;
    /** Shortest and longest time until a host calls the vote, in seconds. Default: [300, 1200]. */
    sessionSeconds?: [number, number];
    /** Cursor messages a second while a stroke lasts. Default: 20. */
    cursorsASecond?: number;
    /** After how many strokes who only draws turns the page; 0: never. Default: 20. */
    strokesAPage?: number;
    /** Size of a drawn page's PNG in bytes, 500 to 250,000. Default: 59,000, of 20 strokes. */
    pageBytes?: number;
    /** Share of users whose story is drawn, 0 to 1; the others' pages are addresses. Default: 1. */
    drawnShare?: number;
    /** Whether the whole story is uploaded after a pause of 3 s. Default: true. */
    autosave?: boolean;
    /** Seconds between two uploads of a page's drawing to the session; 0: none. Default: 0. */
    canvasStateSeconds?: number;
    /** How many requests for friendship a social user sends at most in a visit. Default: 2. */
    friends?: number;
    /** How many messages a social user writes in a conversation. Default: 3. */
    messages?: number;
    /** Whether pages are loaded and polled; false: users sit there, ask for nothing and open no socket. Default: true. */
    pages?: boolean;
    /** Whether sockets are opened; false: users do all else without them. Default: true. */
    sockets?: boolean;
    /** Whether sockets that close are opened again. Default: true. */
    reconnect?: boolean;
    /** What reaches a slow reader, in bytes a second; 0: nothing. Default: 2000. */
    readBytesASecond?: number;
  }

  export interface UserOptions {
    /**
     * The target, such as `http://127.0.0.1:8000`, without a trailing slash. One on
     * another machine ends k6 with exit code 4, unless pixelload.yaml allows its host
     * and the host confirms it: docs/safety.md. What a script sends by itself, with
     * `k6/http` and the like, is the script's own affair: the guard stands before the
     * users of this module.
     */
    url: string;
    /** Path of the manifest of accounts that the target was seeded with. */
    accounts: string;
    /** The phases of the test. */
    phases: Phase[];
    /** The target's secret: tokens are minted with it. Without it users log in. */
    secretKey?: string;
    /** Seed of everything that users decide at random. Default: 0. */
    seed?: number;
    /** Who the users are. Default: all are the default user. */
    personas?: Mix;
    /** How they go about it. Default: as usual. */
    habits?: Habits;
    /**
     * Users go without what the target has answered with a 404 page three times and
     * never otherwise, which is counted in `pixeltales_skipped_requests`. Default:
     * false, such an answer is an error.
     */
    skipLacking?: boolean;
    /**
     * Which user this is, from 0: it has the account of that place in the
     * manifest, is there in the phases with more users than its index, and meets
     * the others of its group in one session. Default: the lowest free one.
     */
    index?: number;
    /**
     * Makes the user's sockets go deaf: they stay open and are not read any more.
     *
     * ```javascript
     * // A phone that has lost its network after 5 s: nothing is expected to arrive.
     * new User({ url, accounts, phases: plan, stopReading: { after: 5, declared: true } });
     * ```
     */
    stopReading?: {
      /** Seconds after a socket's opening. */
      after: number;
      /**
       * Whether this is wanted. A receiver that stops reading undeclared counts
       * in `pixeltales_stalled_receivers`: the generator is at fault. Default: false.
       */
      declared?: boolean;
    };
  }

  /** One person at its browser; scenarios/README.md says what it does. */
  export class User {
    /** @throws when an option is unknown, missing or wrong, or accounts are too few */
    constructor(options: UserOptions);
    /**
     * Lives through all of the user's stays and returns after the last.
     *
     * ```javascript
     * export function users() { user.visit(); }
     * ```
     */
    visit(): void;
    /**
     * Makes the calls of one full page load and returns when all are answered:
     * the word list, then the frame's own calls side by side, bodies discarded.
     * The first one logs in.
     *
     * ```javascript
     * export default function () { user.loadPage(); }
     * ```
     */
    loadPage(): void;
  }

  export interface CrowdOptions {
    /** The target, as that of a {@link User}. */
    url: string;
    /** For each session the paths of its members' sockets, tokens included. */
    rooms: string[][];
    /** The phases of the test: a crowd takes their lengths and names. */
    phases: Phase[];
    /** Strokes that each member sends a second. Default: 0, they listen. */
    rate?: number;
    /** Bytes of a stroke's message, 80 at least. Default: as few as can be. */
    bytes?: number;
  }

  /**
   * Many members of sessions in one VU: a socket each, and strokes at a steady
   * rate, with the same metrics as a user's. For loads of thousands of sockets,
   * where a VU for each would cost more memory than all else.
   */
  export class Crowd {
    /** @throws when an option is unknown, missing or wrong */
    constructor(options: CrowdOptions);
    /**
     * Opens the sockets within 2 s, draws from the 3rd second on, and returns
     * when the last phase has ended and what is under way has come, or 5 s later.
     *
     * ```javascript
     * const crowd = new Crowd({
     *   url, phases: plan, rate: 2, bytes: 200,
     *   rooms: [['/ws/collaborate/ID/?token=A', '/ws/collaborate/ID/?token=B']],
     * });
     * export default function () { crowd.hold(); }
     * ```
     */
    hold(): void;
  }

  export interface WatchOptions {
    /** The phases of the test. */
    phases: Phase[];
    /**
     * The target's memory: `cgroup:PATH` (v1 or v2) or `pid:NUMBER` (the process
     * and its descendants). Default: memory is not sampled.
     */
    memory?: string;
  }

  /** The VU that announces the phases and samples memory. */
  export class Watch {
    /** @throws when an option is unknown, missing or wrong */
    constructor(options: WatchOptions);
    /**
     * Returns when the last phase has ended.
     *
     * Aborts the test when the memory cannot be read at all.
     *
     * ```javascript
     * const watcher = new Watch({ phases: plan, memory: 'cgroup:/sys/fs/cgroup/pixeltales' });
     * export function watch() { watcher.run(); }
     * ```
     */
    run(): void;
  }
}
