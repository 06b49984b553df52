// The module can be imported and its pure functions answer. Needs no target.
import { check } from 'k6';
import { Watch, listRequestsAMinute, personas, phases, scenarios, settings } from 'k6/x/pixeltales';

const plan = phases('[{"name":"idle","users":0,"hold_seconds":1},{"name":"users=2","users":2,"hold_seconds":1}]');

export const options = { vus: 1, iterations: 1, thresholds: { checks: ['rate==1'] } };

export default function () {
  const all = scenarios(plan);
  let refused = '';
  /** @type {any} */
  const misspelt = { phases: plan, memroy: 'pid:1' };
  try {
    new Watch(misspelt);
  } catch (e) {
    refused = String(e);
  }
  check(all, {
    'a VU for each user': (s) => s.users.vus === 2,
    'one VU watches': (s) => s.watch.vus === 1,
    'two lists a minute': () => listRequestsAMinute() === 2,
    'lurkers ask for none': () => listRequestsAMinute({ personas: 'user,lurker' }) === 1,
    'the personas are there': () => personas.includes('reader'),
    'settings are read': () => settings({ PIXELTALES_SEED: '7' }).seed === 7,
    'a misspelt option is refused': () => refused.includes('unknown option "memroy"'),
  });
}
