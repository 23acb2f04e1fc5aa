/**
 * Turns decisions into a program. First the themes of the program are drawn, then mappings are set up with some contents, then
 * actions follow until the program is long enough. An action may write several lines or, where the layout offers
 * nothing for it, none.
 */
import type { Environment } from '../../spec/index.ts';
import type { Program } from '../program/index.ts';
import { advise, closeOne, loadOne, lock, lockAll, protect, register, seal, storeSome } from './attributes.ts';
import { type Choices, chance, draw, type Table, table } from './choices.ts';
import { begin, type Confinement, isPossible, TRIES } from './confine.ts';
import { dropLowest, fill, limitLocks, limitSpace } from './limits.ts';
import { mapHuge, mapSomething, unmapSomething } from './map.ts';
import { growLocked, remapSomething, takeSpace } from './remap.ts';
import { spoilAndMove, spoilersOf } from './spoil.ts';
import { tame } from './tame.ts';
import { type Action, type Theme, WEIGHTS } from './weights.ts';
import { World } from './world.ts';
import { belowLowest, registerTwice, wrongCompanion, wrongRemap } from './wrong.ts';

/** What is decided once in a program. */
interface Plan {
  readonly themes: ReadonlySet<Theme>;
  readonly setup: number;
  readonly actions: Table<Action>;
}

const { actions: WEIGHT } = WEIGHTS;
const has = (environment: Environment, theme: Theme): boolean => {
  if (theme === 'seal') return environment.features.includes('mseal');
  if (theme === 'userfaultfd') return environment.features.includes('userfaultfd');
  if (theme === 'lowest') return environment.minAddr > 0;
  return true;
};

const planOf = (environment: Environment, c: Choices, confinement: Confinement | undefined): Plan => {
  const themes = new Set<Theme>();
  for (const theme of Object.keys(WEIGHTS.themes) as Theme[])
    if (chance(c, WEIGHTS.themes[theme]) && has(environment, theme)) themes.add(theme);
  const limited = themes.has('limits') || themes.has('lockLimit') || themes.has('full') || themes.has('lowest');
  const weights: Record<Action, number> = {
    ...WEIGHT,
    seal: themes.has('seal') ? WEIGHT.seal : 0,
    register: themes.has('userfaultfd') ? WEIGHT.register : 0,
    limit: limited ? WEIGHT.limit : 0,
  };
  if (confinement !== undefined)
    for (const action of Object.keys(weights) as Action[]) if (!isPossible(confinement, action)) weights[action] = 0;
  return { themes, setup: 1 + c.int(4), actions: table(weights) };
};

const setUp = (w: World, c: Choices, { themes }: Plan): void => {
  if (themes.has('huge') && chance(c, 35)) mapHuge(w, c);
  else mapSomething(w, c);
  if (chance(c, 60)) storeSome(w, c);
};

const limit = (w: World, c: Choices, { themes }: Plan): void => {
  if (themes.has('full')) fill(w, c);
  if (themes.has('lowest')) {
    dropLowest(w);
    belowLowest(w, c);
  }
  if (themes.has('lockLimit') && !(themes.has('limits') && chance(c, 50))) {
    limitLocks(w, c);
    if (chance(c, 88)) growLocked(w, c);
  } else if (themes.has('limits')) {
    limitSpace(w, c);
    if (chance(c, 75)) takeSpace(w, c);
  }
};

const PERFORM: Readonly<Record<Action, (w: World, c: Choices, plan: Plan) => void>> = {
  remap: remapSomething,
  store: storeSome,
  load: loadOne,
  map: (w, c, { themes }) => (themes.has('huge') && chance(c, 30) ? mapHuge : mapSomething)(w, c),
  unmap: unmapSomething,
  protect,
  lock: (w, c, { themes }) => (themes.has('lockAll') && chance(c, 40) ? lockAll : lock)(w, c),
  advise,
  spoiled: (w, c, { themes }) => spoilAndMove(w, c, spoilersOf(themes)),
  seal,
  register: (w, c) => (chance(c, 35) ? registerTwice : register)(w, c),
  limit,
  wrong: (w, c, { themes }) => wrongCompanion(w, c, themes),
  wrongRemap,
  close: closeOne,
};

/** Does something; in a confined program once more, with other decisions, as long as nothing of it belongs to the language. */
const perform = (w: World, act: () => void): void => {
  const before = w.lines.length;
  let left = w.confinement === undefined ? 1 : TRIES;
  while (left-- > 0 && w.lines.length === before) act();
};

/**
 * Writes a program of at most `most` calls: `head` decides what holds for all of it, each call of `next` gives the
 * decisions of one action, until there is none.
 */
export const interpret = (
  environment: Environment,
  most: number,
  head: Choices,
  next: () => Choices | undefined,
  confinement?: Confinement,
): Program => {
  const w = new World(environment, confinement);
  if (confinement !== undefined) begin(w, confinement);
  const plan = planOf(environment, head, confinement);
  for (let step = 0; w.lines.length < most; step++) {
    const c = next();
    if (c === undefined) break;
    if (step < plan.setup) perform(w, () => setUp(w, c, plan));
    else {
      const action = PERFORM[draw(c, plan.actions)];
      perform(w, () => action(w, c, plan));
    }
  }
  // Every line refers to earlier ones only, so the surplus of the last action can be cut off.
  return { header: [], lines: tame(w.lines.slice(0, most)) };
};
