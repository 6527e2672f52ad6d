// Everything in order, then the time it took, for who measures.

/** Links of the sections: the one that is read is marked. */
function contents() {
  const links = new Map([...document.querySelectorAll('nav a')].map((link) => [link.getAttribute('href').slice(1), link]));
  const watcher = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
    if (!isIntersecting) return;
    links.forEach((link) => link.removeAttribute('aria-current'));
    links.get(target.id).setAttribute('aria-current', 'true');
  }), { rootMargin: '-20% 0px -75% 0px' });
  links.forEach((_, id) => watcher.observe(byId(id)));
}

document.querySelectorAll('[data-scripted]').forEach((part) => { part.hidden = false; });
theme.init();
enhanced();
explain.init();
scatter();
matrix();
scorers();
lineage.init();
record();
contents();
requestAnimationFrame(() => setTimeout(() => {
  document.documentElement.dataset.ready = Math.round(performance.now());
}));
