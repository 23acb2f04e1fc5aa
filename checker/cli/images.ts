/** `kernel fetch` and `kernel list`: kernels of the distribution, for virtual machines. */
import { plural, table } from '../../reports/index.ts';
import { EXIT } from './exit.ts';
import { type Answer, type Common, profileOf, type Session } from './session.ts';

/** A row of a table, and the same for `--json`. */
const named = (options: Common, { release, image, origin }: { release: string; image: string; origin: string }) => ({
  release,
  profile: profileOf(options, { release }).name,
  origin,
  image,
});

export async function fetchImages(session: Session, options: Common, releases: readonly string[]): Promise<Answer> {
  const fetched = await session.host.fetchKernels(releases, session.warn);
  const kernels = fetched.map((kernel) => ({
    ...named(options, kernel),
    wanted: kernel.wanted,
    cached: kernel.cached,
  }));
  const rows = kernels.map((k) => [k.wanted, k.release, k.profile, k.cached ? 'was there' : 'fetched', k.image]);
  session.say(table(rows));
  return { exit: EXIT.good, data: { kernels } };
}

export async function listImages(session: Session, options: Common): Promise<Answer> {
  const kernels = (await session.host.cachedKernels()).map((kernel) => named(options, kernel));
  if (kernels.length > 0) session.say(table(kernels.map((k) => [k.release, k.profile, k.origin, k.image])));
  session.say(`${plural(kernels.length, 'kernel')} in the cache`);
  return { exit: EXIT.good, data: { kernels } };
}
