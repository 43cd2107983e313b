// A process that writes durable state as fast as it can, and prints what was acknowledged. Arguments: the module of
// openState, the folder, the first number.
const [module, folder, first] = process.argv.slice(2);
const { openState } = await import(module);
const log = { warn: console.error, info: console.error };
const state = await openState(folder, log);
let number = Number(first);
const filler = 'x'.repeat(3_000);

/** Each transaction has two entries, so that half of one can be told; a third is written later. */
async function write() {
  number += 1;
  const own = number;
  state.writeLater('later', `k${own % 7}`, () => `${own} ${filler}`);
  const put = (key, value) => ({ namespace: 'test', key, value });
  const slot = own % 50;
  await state.write([
    put(`a${slot}`, `${own}`),
    put(`b${slot}`, `${own} ${filler}`),
    put(`d${(slot + 25) % 50}`, undefined),
    put(`d${slot}`, 'x'),
  ]);
  process.stdout.write(`${own}\n`);
}

async function writeForEver() {
  for (;;) await write();
}

process.stdout.write('open\n');
for (let writer = 0; writer < 4; writer += 1) void writeForEver();
