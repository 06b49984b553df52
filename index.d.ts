/**
 * Scripted users of PixelTales for k6.
 *
 * A script makes a {@link User} in its init context and lets it visit in a
 * scenario's function; one VU is one person. One more VU, a {@link Watch},
 * announces the phases and can sample the target's memory. All methods return
 * or throw; none works in the init context, in setup or in teardown.
 *
 * ```javascript
 * import { User, Watch, phases, scenarios } from 'k6/x/pixeltales';
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
 * const user = new User({ url: 'http://127.0.0.1:8000', accounts: 'accounts.json', phases: plan });
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
    /** Name, which becomes the tag `phase` of every sample. */
    name: string;
    /** How many users are there. Those of the phase before stay. */
    users: number;
    /** Seconds before the hold, in which users arrive and caches fill. Default: 0. */
    warmup_seconds?: number;
    /** Seconds of the hold. Default: 0; one of the two must be more. */
    hold_seconds?: number;
  }

  /**
   * Checks phases and returns them.
   *
   * @param phases an array, or its JSON text as in `__ENV.PIXELTALES_PHASES`
   * @throws when there is none, a key is unknown or a figure is impossible
   *
   * ```javascript
   * const plan = phases(__ENV.PIXELTALES_PHASES);
   * ```
   */
  export function phases(phases: string | Phase[]): Required<Phase>[];

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
  export function scenarios(phases: Phase[]): Record<string, object>;

  /** How many times a minute one user asks for the public list. */
  export const listRequestsAMinute: number;

  export interface UserOptions {
    /** The target, such as `http://127.0.0.1:8000`, without a trailing slash. */
    url: string;
    /** Path of the manifest of accounts that the target was seeded with. */
    accounts: string;
    /** The phases of the test. */
    phases: Phase[];
    /** The target's secret: tokens are minted with it. Without it users log in. */
    secretKey?: string;
    /** Seed of everything that users decide at random. Default: 0. */
    seed?: number;
    /**
     * Which user this is, from 0: it has the account of that place in the
     * manifest, is there in the phases with more users than its index, and meets
     * the four others of its five in one session. Default: the lowest free one.
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

  /** One person at two browser tabs; scenarios/README.md says what it does. */
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
