// Enhancement only: every page works without this file.
const d = document;
d.addEventListener('click', e => {
  const b = e.target.closest('.plie-btn');
  if (b) b.setAttribute('aria-expanded', String(b.getAttribute('aria-expanded') !== 'true'));
});
d.addEventListener('htmx:after:swap', () => {
  const s = d.getElementById('annonce'), t = d.querySelector('[data-annonce]');
  if (s && t && s.textContent !== t.dataset.annonce) s.textContent = t.dataset.annonce;
});
d.addEventListener('DOMContentLoaded', () => d.querySelector('.resume-err')?.focus());
