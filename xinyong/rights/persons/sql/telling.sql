-- challenger: the code of the account that challenged a look
SELECT t.subject_code FROM look_challenge k JOIN account t ON t.username = k.actor AND t.role = 'subject'
WHERE k.number = %(number)s::uuid
