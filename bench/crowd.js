// The load in pixelload: ten VUs, each a crowd with its share of the rooms.
import { Crowd, phases } from 'k6/x/pixeltales';

const env = __ENV;
const vus = 10;
const rooms = [];
for (let i = 0; i < Number(env.BENCH_SOCKETS) / Number(env.BENCH_ROOM); i++) {
  if (i % vus === __VU % vus) {
    rooms.push(Array(Number(env.BENCH_ROOM)).fill(`/ws/pixelload/${i}/`));
  }
}

export const options = {
  scenarios: { crowd: { executor: 'per-vu-iterations', vus, iterations: 1, maxDuration: '10m' } },
  summaryTrendStats: ['p(50)', 'p(99)'],
};

const crowd = new Crowd({
  url: env.BENCH_URL,
  rooms,
  rate: Number(env.BENCH_RATE),
  bytes: Number(env.BENCH_BYTES),
  phases: phases([{ name: 'load', users: 0, hold_seconds: Number(env.BENCH_ARRIVING) + Number(env.BENCH_SECONDS) }]),
});

export default function () {
  crowd.hold();
}

export function handleSummary({ metrics }) {
  return {
    stdout: JSON.stringify({
      sent: metrics.pixeltales_draws_sent.values.count,
      received: metrics.pixeltales_deliveries_received.values.count,
      p50: metrics.pixeltales_fanout_latency.values['p(50)'],
      p99: metrics.pixeltales_fanout_latency.values['p(99)'],
    }),
  };
}
