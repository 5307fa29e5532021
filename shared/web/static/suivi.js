// Live pages: a stream says that something changed, the fragment is then read again.
(() => {
  const d = document, z = d.querySelector('[data-flux]');
  if (!z) return;
  let flux, sonde, vu = z.dataset.version;
  const lire = async () => {
    const r = await fetch(z.dataset.fragment);
    if (!r.ok || r.redirected) return;
    const t = await r.text(), q = s => z.querySelector(s);
    const x = q('.defile').scrollLeft, id = z.contains(d.activeElement) && d.activeElement.id;
    z.innerHTML = t;
    q('.defile').scrollLeft = x;
    if (id) d.getElementById(id)?.focus({preventScroll: true});
    d.getElementById('annonce').textContent = q('[data-annonce]').dataset.annonce;
  };
  const ouvrir = () => {
    flux = new EventSource(z.dataset.flux);
    flux.addEventListener('version', e => { if (e.data !== vu) lire(vu = e.data); });
    flux.onerror = () => { if (flux.readyState > 1) sonde ||= setInterval(lire, 1e4); };
  };
  d.addEventListener('visibilitychange', () => {
    flux.close();
    sonde = clearInterval(sonde);
    d.hidden || ouvrir();
  });
  ouvrir();
})();
