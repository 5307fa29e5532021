"""What people, events and due dates ask of paiement, one intention per module.

Whoever commits, admits, pays, recovers or gives back money writes it in the ledger through
`usecases.ecrire`, in the same transaction as the state that shows it: `ecrire_admission`,
`ecrire_recuperation` (before) `ecrire_paiement`, `ecrire_interets`, `ecrire_avance`; an order
whose amount changes through `ecrire_engagement`, which takes the new absolute amount; anything
else through `ecrire` with lines of `domain.ecritures`. Nothing written is edited: `contrepasser`
with a reason. A new document whose figures are shown has to be told to the daily control
(`queries/comptes.sql`).
"""
