// A page that is read from disk may not start a worker, and the search runs in one. There, a frame does the worker's work:
// it has its own globals, and messages pass between the two. Elsewhere nothing changes.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const inside = frame.contentWindow;
      const waiting = [];
      inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }));
      inside.importScripts = (...urls) => urls.reduce((before, next) => before.then(() => loaded(inside, next)), Promise.resolve());
      this.deliver = data => waiting.push(data);
      loaded(inside, url).then(() => {
        this.deliver = data => inside.dispatchEvent(new inside.MessageEvent("message", { data }));
        waiting.forEach(data => this.deliver(data));
      });
      this.terminate = () => frame.remove();
    }
    postMessage(data) {
      this.deliver(data);
    }
  };
  const loaded = (inside, url) => new Promise((resolve, reject) => {
    const script = inside.document.createElement("script");
    script.src = new URL(url, location.href).href;
    script.onload = resolve;
    script.onerror = reject;
    inside.document.body.append(script);
  });
}
