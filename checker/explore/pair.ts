/**
 * Two kernels that walk the same path, one model each; or one kernel and a profile that is none (`documented`): then a single model walks, and
 * both profiles judge it.
 *
 * Up to where the pair stands both kernels did the same, as far as can be seen; what each contract knows of that is found out only when somebody asks.
 */
import type { Call, Environment, Profile, State, Step } from '../../spec/index.ts';
import type { Contract } from '../run/index.ts';
import { type Both, both } from './contrast.ts';
import { Fingerprint } from './fingerprint.ts';
import { type Cast, Ground, stepOf } from './ground.ts';
import { walkTo } from './path.ts';
import type { Scope } from './scope.ts';

/** A call that was made, with what came of it on either side. */
export type Meeting = Both<Step>;

/** The steps of a path as one profile judges them. */
class Account {
  readonly steps: Step[] = [];
  readonly #states: State[];
  readonly #contract: Contract;
  readonly #profile: Profile;

  constructor(contract: Contract, profile: Profile, environment: Environment) {
    this.#contract = contract;
    this.#profile = profile;
    this.#states = [contract.initialState(environment)];
  }

  cut(steps: number): void {
    this.steps.length = steps;
    if (this.#states.length > steps + 1) this.#states.length = steps + 1;
  }

  get state(): State {
    const states = this.#states;
    for (let i = states.length - 1; i < this.steps.length; i++)
      states.push(this.#contract.judge(this.#profile, states[i] as State, this.steps[i] as Step).next);
    return states.at(-1) as State;
  }
}

export class Pair {
  /** One where a profile is no kernel. */
  readonly grounds: readonly Ground[];
  /** Flags that only one of the kernels shows. */
  readonly hidden: number;
  readonly #accounts: Both<Account>;
  readonly #fingerprint = new Fingerprint();
  /** The fingerprints of both states. */
  readonly #words = new Float64Array(4);
  readonly #path: number[] = [];
  /** How many steps there were when each part of the path began. */
  readonly #beginnings: number[] = [];

  constructor(scope: Scope, environment: Environment, profiles: Both<Profile>, contract: Contract) {
    this.grounds = profiles
      .filter(({ version }) => version !== undefined)
      .map((profile) => new Ground({ scope, environment, profile }));
    const [a = 0, b = a] = this.grounds.map(({ model }) => model.shownFlags);
    this.hidden = a ^ b;
    this.#accounts = both(profiles, (profile) => new Account(contract, profile, environment));
  }

  /** The first ground: of what is alike on both it speaks for the other. */
  get #ground(): Ground {
    return this.grounds[0] as Ground;
  }

  get layouts(): number {
    return this.#ground.layouts.length;
  }

  /** What each contract knows here. */
  get states(): Both<State> {
    return both(this.#accounts, ({ state }) => state);
  }

  /** The calls that led here. */
  get calls(): readonly Call[] {
    return this.#accounts[0].steps.map(({ call }) => call);
  }

  /** Goes to the end of a path: a layout and steps (ground.ts). */
  goTo(path: ArrayLike<number>): void {
    walkTo(
      this.#path,
      path,
      () => this.#back(),
      (part) => this.#go(part),
    );
    for (const ground of this.grounds) ground.write();
  }

  /** Lays a layout, as long as `isAlike` says so of each of its calls; whether it was laid to the end. */
  lay(layout: number, isAlike: (meeting: Meeting) => boolean): boolean {
    while (this.#path.length > 0) this.#back();
    this.#begin(layout);
    for (const call of this.#ground.layoutCalls(layout)) {
      const meeting = this.#meet(({ model }) => model.call(call), call);
      if (!isAlike(meeting)) return false;
      this.#take(meeting);
    }
    for (const ground of this.grounds) ground.write();
    return true;
  }

  /** Tries every letter from here, and takes it back; `visit` is shown what came of it before that, unless nothing came of it. */
  tryAll(depth: number, visit: (step: number, meet: () => Meeting) => void): number {
    const [one = this.#ground, other = one] = this.grounds;
    const frames = Array.from({ length: one.highestPosition + 1 }, (_, position) => ({
      mine: one.casts(one.frameAt(position), depth),
      theirs: other.casts(one.frameAt(position), depth),
      letters: one.tried(position),
    }));
    for (const { model } of this.grounds) model.mark();
    let tried = 0;
    for (const [position, { mine, theirs, letters }] of frames.entries()) {
      tried += letters.length;
      for (const letter of letters)
        this.#try(mine[letter] as Cast, theirs[letter] as Cast, stepOf(letter, position, 0), visit);
    }
    for (const { model } of this.grounds) model.unmark();
    return tried;
  }

  #try(mine: Cast, theirs: Cast, step: number, visit: (step: number, meet: () => Meeting) => void): void {
    const [{ model: a }, { model: b } = { model: undefined }] = this.grounds as [Ground, Ground?];
    const values = [mine.run(0), b === undefined ? 0 : theirs.run(0)] as const;
    const changed = a.changed || b?.changed === true;
    const isSame = b !== undefined && !changed && values[0] === values[1];
    if (!isSame)
      visit(step, () => this.#meet(({ model }, i) => model.resultOf(mine.call.name, values[i] as number), mine.call));
    if (a.changed) a.rollback();
    if (b?.changed === true) b.rollback();
  }

  /** Stands for the pair of states where the models are. Valid until the next one is asked for. */
  fingerprint(): Fingerprint {
    const words = this.#words;
    this.grounds.forEach((ground, i) => {
      const { low, high } = ground.fingerprint();
      words[2 * i] = low;
      words[2 * i + 1] = high;
    });
    this.#fingerprint.of(words, words.length);
    return this.#fingerprint;
  }

  #begin(part: number): void {
    for (const { model } of this.grounds) model.mark();
    this.#beginnings.push(this.#accounts[0].steps.length);
    this.#path.push(part);
  }

  #go(part: number): void {
    const depth = this.#path.length - 1;
    if (depth < 0) {
      this.lay(part, () => true);
      return;
    }
    for (const ground of this.grounds) ground.write();
    const casts = this.grounds.map((ground) => ground.castOf(part, depth));
    this.#begin(part);
    const { call } = casts[0] as Cast;
    this.#take(this.#meet(({ model }, i) => model.resultOf(call.name, (casts[i] as Cast).run(0)), call));
  }

  /** Takes the last part of the path back. */
  #back(): void {
    for (const { model } of this.grounds) {
      model.rollback();
      model.unmark();
    }
    this.#path.pop();
    const steps = this.#beginnings.pop() as number;
    for (const account of this.#accounts) account.cut(steps);
  }

  /** What came of a call, made or to be made by `result`; of one model, twice the same. */
  #meet(result: (ground: Ground, index: number) => Step['result'], call: Call): Meeting {
    const steps = this.grounds.map(
      (ground, i): Step => ({ call, result: result(ground, i), seen: ground.look(false) }),
    );
    const [one, other = one] = steps as [Step, Step?];
    return [one, other as Step];
  }

  #take(meeting: Meeting): void {
    this.#accounts.forEach((account, i) => void account.steps.push(meeting[i] as Step));
  }
}
