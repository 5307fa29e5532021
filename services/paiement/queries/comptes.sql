-- Differences between what the ledger says and what the documents say, by document and account;
-- then the movements which do not sum to zero, and the reversals which do not cancel.
WITH ecrit AS (
  SELECT m.piece, e.compte, sum(e.montant) AS montant,
         min(m.marche_id::text)::uuid AS marche_id, min(m.acheteur_siret) AS acheteur_siret
  FROM mouvement m JOIN ecriture e ON e.mouvement_id = m.id
  WHERE e.compte IN ('MARCHE', 'ENGAGE', 'ADMIS_HT', 'ADMIS_TVA', 'FOURNISSEUR', 'INTERETS')
     OR (e.compte = 'AVANCE' AND m.piece LIKE 'avance:%')
  GROUP BY m.piece, e.compte
), attendu AS (
  SELECT 'marche:' || id AS piece, 'MARCHE' AS compte, montant_ht AS montant,
         id AS marche_id, acheteur_siret
  FROM marche
  UNION ALL
  SELECT 'avenant:' || a.id, 'MARCHE', a.montant_ht, m.id, m.acheteur_siret
  FROM avenant a JOIN marche m ON m.id = a.marche_id
  UNION ALL
  SELECT 'commande:' || c.id, 'ENGAGE',
         CASE WHEN l.liberee IS NULL THEN c.montant_ht
              ELSE round((c.quantite - l.liberee) * c.prix_unitaire_ht, 2) END,
         c.marche_id, c.membre_siret
  FROM commande c LEFT JOIN LATERAL (
    SELECT sum(quantite) AS liberee FROM liberation WHERE commande_id = c.id
  ) l ON true
  WHERE c.annulee_le IS NULL
  UNION ALL
  SELECT 'avance:' || a.id, 'AVANCE', a.montant, m.id, m.acheteur_siret
  FROM avance a JOIN marche m ON m.id = a.marche_id WHERE a.versee_le IS NOT NULL
  UNION ALL
  SELECT 'facture:' || f.id, x.compte, x.montant, f.marche_id, f.acheteur_siret
  FROM facture f CROSS JOIN LATERAL (
    SELECT coalesce(sum(montant_ht), 0) AS avoirs_ht, coalesce(sum(montant_ttc), 0) AS avoirs_ttc
    FROM avoir WHERE facture_id = f.id
  ) v CROSS JOIN LATERAL (
    SELECT coalesce(sum(montant_ttc - couvert), 0) AS reste_paye,
           coalesce(sum(coalesce(interets, 0) + coalesce(indemnite, 0)), 0) AS interets
    FROM contestation WHERE facture_id = f.id AND payee_le IS NOT NULL
  ) w CROSS JOIN LATERAL (VALUES
    ('ADMIS_HT', f.montant_ht - v.avoirs_ht),
    ('ADMIS_TVA', f.montant_tva - v.avoirs_ttc + v.avoirs_ht),
    ('FOURNISSEUR', coalesce(f.montant_paye, 0) + w.reste_paye + v.avoirs_ttc
       + f.avance_recuperee - f.a_payer),
    ('INTERETS', coalesce(f.interets, 0) + coalesce(f.indemnite, 0) + w.interets)
  ) AS x (compte, montant)
  WHERE f.service_fait_le IS NOT NULL AND f.etat <> 'REJETEE'
), compare AS (
  SELECT coalesce(a.piece, e.piece) AS piece, coalesce(a.compte, e.compte) AS compte,
         coalesce(a.montant, 0) AS attendu, coalesce(e.montant, 0) AS ecrit,
         coalesce(a.marche_id, e.marche_id) AS marche_id,
         coalesce(a.acheteur_siret, e.acheteur_siret) AS acheteur_siret
  FROM attendu a FULL JOIN ecrit e ON e.piece = a.piece AND e.compte = a.compte
)
SELECT 'FIGURE' AS genre, piece, compte, attendu, ecrit, marche_id, acheteur_siret
FROM compare WHERE attendu <> ecrit
UNION ALL
SELECT 'DESEQUILIBRE', m.piece, m.libelle, 0, sum(e.montant), m.marche_id, m.acheteur_siret
FROM mouvement m JOIN ecriture e ON e.mouvement_id = m.id
GROUP BY m.id HAVING sum(e.montant) <> 0
UNION ALL
SELECT 'VIDE', m.piece, m.libelle, 0, 0, m.marche_id, m.acheteur_siret
FROM mouvement m WHERE NOT EXISTS (SELECT 1 FROM ecriture e WHERE e.mouvement_id = m.id)
UNION ALL
SELECT 'CONTREPASSATION', c.piece, c.libelle, 0, sum(e.montant), c.marche_id, c.acheteur_siret
FROM mouvement c JOIN ecriture e ON e.mouvement_id IN (c.id, c.contrepasse_id)
WHERE c.contrepasse_id IS NOT NULL
GROUP BY c.id, e.compte HAVING sum(e.montant) <> 0
ORDER BY piece, genre, compte
