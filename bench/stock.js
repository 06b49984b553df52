// The load in stock k6: a VU a socket, on k6/websockets.
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';

const n = Number(__ENV.BENCH_SOCKETS);
const room = Number(__ENV.BENCH_ROOM);
const rate = Number(__ENV.BENCH_RATE);
const arriving = Number(__ENV.BENCH_ARRIVING) * 1000;
const length = Number(__ENV.BENCH_SECONDS) * 1000;
const url = __ENV.BENCH_URL.replace('http', 'ws');
const points = Array(Math.round((Number(__ENV.BENCH_BYTES) - 85) / 18)).fill({ x: 250, y: 250 });
const message = (itemId, time, tool) => JSON.stringify({ type: 'draw', data: { itemId, time, tool, points } });
const tool = 'b'.repeat(Math.max(0, Number(__ENV.BENCH_BYTES) - message('item_u500n10', 1e12, '').length)); // up to the size

const sent = new Counter('sent');
const received = new Counter('received');
const fanout = new Trend('fanout', true);

export const options = {
  scenarios: { sockets: { executor: 'per-vu-iterations', vus: n, iterations: 1, maxDuration: '10m' } },
  summaryTrendStats: ['p(50)', 'p(99)'],
};

export default function () {
  const i = exec.vu.idInTest - 1;
  const start = exec.scenario.startTime;
  const at = (moment, work) => setTimeout(work, Math.max(0, start + moment - Date.now()));
  at((arriving * i) / n, () => {
    const socket = new WebSocket(`${url}/ws/stock/${Math.floor(i / room)}/`);
    let out = 0;
    let got = 0;
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      // Every tenth latency is enough: a sample a message would only make it dearer.
      if (message.type === 'draw' && (++got + i) % 10 === 0) {
        fanout.add(Date.now() - message.data.time);
      }
    };
    const send = () => {
      out++;
      socket.send(message(`item_u${i}n${out}`, Date.now(), tool));
    };
    const interval = 1000 / rate;
    at(arriving + (interval * i) / n, () => {
      const count = Math.max(1, Math.round((length / 1000) * rate));
      if (i / n < (length / 1000) * rate) {
        send();
      }
      const timer = setInterval(() => (out < count ? send() : clearInterval(timer)), interval);
      at(arriving + length + 2000, () => {
        clearInterval(timer);
        sent.add(out);
        received.add(got);
        socket.close();
      });
    });
  });
}

export function handleSummary({ metrics }) {
  return {
    stdout: JSON.stringify({
      sent: metrics.sent.values.count,
      received: metrics.received.values.count,
      p50: metrics.fanout.values['p(50)'],
      p99: metrics.fanout.values['p(99)'],
    }),
  };
}
