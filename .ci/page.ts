/** Makes the script and the style of reports for the package: what is installed has no sources to make them of. */
import { join } from 'node:path';
import { bundle, writeAssets } from '../reports/html/index.ts';

const root = join(import.meta.dirname, '..');
writeAssets(join(root, 'dist/reports/html/page'), await bundle(root));
