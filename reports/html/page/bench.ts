/** What the model in the page starts from. */
import type { Environment } from '../../../spec/index.ts';

export interface Bench {
  /** Limits of the process are left out: JSON has no word for none. */
  readonly environment: Environment;
  /** The profile that is judged by. */
  readonly profile: string;
  readonly program: string;
}
