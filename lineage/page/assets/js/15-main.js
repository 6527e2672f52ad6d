// Everything in order, then the time it took, for who measures.

function contents() {
  const nav = document.querySelector('nav');
  for (const section of document.querySelectorAll('main > section:not([hidden])')) {
    nav.append(el('a', { href: `#${section.id}` }, section.dataset.nav));
  }
  const links = new Map([...nav.children].map((link) => [link.getAttribute('href').slice(1), link]));
  const watcher = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
    if (!isIntersecting) return;
    links.forEach((link) => link.removeAttribute('aria-current'));
    links.get(target.id).setAttribute('aria-current', 'true');
  }), { rootMargin: '-20% 0px -75% 0px' });
  links.forEach((_, id) => watcher.observe(byId(id)));
}

theme.init();
against();
verdict();
inputs();
ladder();
funnel();
winnersTable();
explain.init();
scatter();
matrix();
scorers();
lineage.init();
contents();
requestAnimationFrame(() => setTimeout(() => {
  document.documentElement.dataset.ready = Math.round(performance.now());
}));
