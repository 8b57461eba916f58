// `npm run bench:exchange [-- --quick] [--json FILE] [--only 3,4] [--rounds N]`: every goal of the exchange beside its peers, in turn, on one PostgreSQL in a
// temporary directory. See docs/performance.md.
import { installWhenNeeded } from './exchange/dependencies.mjs';
import { endurance } from './exchange/rows/endurance.mjs';
import { memory } from './exchange/rows/memory.mjs';
import { neighbours } from './exchange/rows/neighbours.mjs';
import { postToSse } from './exchange/rows/post-to-sse.mjs';
import { queues } from './exchange/rows/queues.mjs';
import { subscribers } from './exchange/rows/subscribers.mjs';
import { websocket } from './exchange/rows/websocket.mjs';
import { runRows } from './exchange/run-rows.mjs';

await runRows([postToSse, queues, websocket, endurance, memory, ...neighbours, subscribers], {
  install: installWhenNeeded,
  quickRounds: 1,
});
