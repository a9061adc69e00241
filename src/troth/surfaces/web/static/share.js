// One stream for all tabs of a browser: whoever holds the lock listens, and tells the others.
// Seven tabs with a stream each would leave a browser no connection for anything else.

/**
 * Listens to a stream together with all other tabs that want the same one.
 *
 * @param {string} address Where the stream is.
 * @param {string} seen The version that the page shows.
 * @param {(event: {kind: string, version: string}) => void} told Is told of each change and of each sign of life.
 * @returns {() => void} Stops listening.
 */
export function listen(address, seen, told) {
  const channel = new BroadcastChannel(`troth ${address}`);
  const stop = new AbortController();
  let stream = null;
  channel.onmessage = ({ data }) => told(data);

  const say = (event) => { told(event); channel.postMessage(event); };

  const hold = () => new Promise((release) => {
    stream = new EventSource(`${address}${address.includes("?") ? "&" : "?"}seen=${encodeURIComponent(seen)}`);
    stream.addEventListener("change", (event) => say({ kind: "change", version: event.lastEventId }));
    stream.addEventListener("beat", () => say({ kind: "beat", version: "" }));
    stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) say({ kind: "closed", version: "" }); });
    stop.signal.addEventListener("abort", () => { stream.close(); release(); });
  });

  if (navigator.locks) navigator.locks.request(`troth ${address}`, { signal: stop.signal }, hold).catch(() => {});
  else hold();
  return () => { stop.abort(); channel.close(); };
}
