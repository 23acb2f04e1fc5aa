/** What Stryker loads: the runner, and what is no code. */
import { declareClassPlugin, declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { sourcesOfRules } from './ignore.ts';
import { WarmRunner } from './runner.ts';

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'warm', WarmRunner),
  declareValuePlugin(PluginKind.Ignore, 'sources-of-rules', sourcesOfRules),
];

/** What the configuration may say of the runner (`WarmOptions`). */
export const strykerValidationSchema = {
  properties: {
    warm: {
      type: 'object',
      default: {},
      additionalProperties: false,
      properties: { trials: { type: 'integer', minimum: 1 } },
    },
  },
};
