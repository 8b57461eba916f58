/**
 * The broker as a child of the demonstration: the product's own main, which also stops, as on a signal, when its parent is gone, however
 * that ended. A broker that is still starting finishes that first, so that it stops in order.
 */
const orphaned = new Promise<void>((resolve) => process.once('disconnect', resolve));
await import('../../src/main.js');
await orphaned;
process.emit('SIGTERM');
