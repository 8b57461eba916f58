// `npm run bench:adaptor [-- --quick] [--json FILE] [--only 1,2] [--rounds N]`: what adapting costs, alone and on the way through the exchange. See
// docs/performance.md.
import { exchange } from './adaptor/rows/exchange.mjs';
import { mqtt } from './adaptor/rows/mqtt.mjs';
import { plans } from './adaptor/rows/plans.mjs';
import { view } from './adaptor/rows/view.mjs';
import { runRows } from './exchange/run-rows.mjs';

await runRows([plans, exchange, view, mqtt]);
