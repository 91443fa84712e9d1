"""Tables of casework: a case and its steps, records and materials are added, and never changed."""

from __future__ import annotations

from django.db import models


class RightsCase(models.Model):
    """One matter of one subject for one deciding authority. What state it is in its steps say."""

    number = models.UUIDField(unique=True)
    kind = models.TextField()  # repair, objection, shielding
    at = models.DateTimeField()
    scheme = models.TextField()
    value = models.TextField()  # the subject; a person's is a keyed hash
    name = models.TextField(db_default="")  # empty for a natural person
    channel = models.TextField()  # online, counter, upstream, office
    authority = models.TextField()  # unified code of who decides
    route = models.TextField(db_default="")
    about = models.TextField(db_default="")  # of an objection: record, match
    application = models.UUIDField()  # cases of one application
    detail = models.JSONField(default=dict)  # free text of the subject is sealed

    class Meta:
        db_table = "rights_case"
        indexes = [
            models.Index(fields=["kind", "authority", "id"], name="rights_case_authority"),
            models.Index(fields=["scheme", "value", "id"], name="rights_case_subject"),
        ]


class RightsCaseRecord(models.Model):
    """A record the case is about, and in which version it then stood."""

    case_id = models.BigIntegerField()
    record_id = models.UUIDField()
    item = models.TextField()
    document = models.TextField(db_default="")
    version = models.IntegerField()
    mark = models.BigIntegerField(null=True)  # the objection mark it was given

    class Meta:
        db_table = "rights_case_record"
        constraints = [
            models.UniqueConstraint(fields=["case_id", "record_id"], name="rights_case_record_once")
        ]
        indexes = [models.Index(fields=["record_id"], name="rights_case_record_record")]


class RightsCaseStep(models.Model):
    """What happened in a case; two people can't take the same step number."""

    case_id = models.BigIntegerField()
    seq = models.IntegerField()
    kind = models.TextField()
    at = models.DateTimeField()
    actor = models.TextField()
    role = models.TextField()
    provider = models.TextField(db_default="")
    reason = models.TextField(db_default="")
    basis = models.TextField(db_default="")
    upstream = models.TextField(db_default="")  # number under which an outside office has it
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "rights_case_step"
        constraints = [
            models.UniqueConstraint(fields=["case_id", "seq"], name="rights_case_step_once"),
            models.UniqueConstraint(
                fields=["upstream"],
                condition=models.Q(kind__in=["upstream_granted", "upstream_refused"]),
                name="rights_case_upstream_once",
            ),
        ]


class RightsTraining(models.Model):
    """Somebody took the test after the training; a pass is a certificate under its number."""

    number = models.UUIDField(unique=True)
    at = models.DateTimeField()
    scheme = models.TextField()
    value = models.TextField()  # of a person a keyed hash
    correct = models.IntegerField()
    of = models.IntegerField()
    passed = models.BooleanField()

    class Meta:
        db_table = "rights_training"
        indexes = [models.Index(fields=["scheme", "value", "id"], name="rights_training_subject")]


class RightsCaseFile(models.Model):
    """A material: what it is, and under which name the vault has it."""

    case_id = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.TextField()
    material = models.TextField()  # id of a material in repair.yaml
    name = models.TextField()  # as the applicant called it
    type = models.TextField()  # pdf, jpg, png: found out from the content
    size = models.BigIntegerField()
    digest = models.TextField()
    vault = models.TextField()

    class Meta:
        db_table = "rights_case_file"
        indexes = [models.Index(fields=["case_id", "id"], name="rights_case_file_case")]
