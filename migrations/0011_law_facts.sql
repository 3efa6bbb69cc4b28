-- Late charges are claimed and waived, and limitation is interrupted, by facts of their own.
ALTER TABLE facts
    DROP CONSTRAINT facts_kind_known,
    ADD CONSTRAINT facts_kind_known CHECK (kind IN (
        'creditor.upserted', 'payments.synced', 'debtor.upserted', 'debtor.insolvency_opened', 'invoice.upserted',
        'invoice.voided', 'credit_note.upserted', 'payment.upserted', 'dispute.opened', 'dispute.resolved',
        'promise.made', 'promise.withdrawn', 'plan.agreed', 'plan.cancelled', 'hold.placed', 'hold.released',
        'charges.claimed', 'charges.waived', 'limitation.interrupted',
        'contact.recorded', 'feedback.received', 'approval.answered', 'task.answered', 'notice.status')) NOT VALID;
ALTER TABLE facts VALIDATE CONSTRAINT facts_kind_known;
