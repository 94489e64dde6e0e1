"""The keys of the register of employers are made anew: without more legal forms, and in one order of words.

Rows that are one employer now become one, with the strictest policy and all that was noted. What folds and drops words
here is a copy of models/likeness.py as it was then.
"""

import re
import unicodedata

ANYWHERE = frozenset('''
aksjeselskap aktiebolag aktiengesellschaft aktieselskab anpartsselskab aps besloten bhd bvba company corp
corporation cvba doo dooel ead eireli eirl eood eurl gesellschaft gesmbh ggmbh gmbh inc incorporated
incorporee kabushiki kaisha kft kgaa limited limitee llc lllp llp ltd ltda ltee mbh naamloze nyrt oao ohg ooo
osakeyhtio oyj pao plc pte pty pvt sarl sarlu sasu sdn societe spolka spoo sprl spzoo srl srls sro tov uab ulc
vennootschap vos zao zrt зао оао ооо пао тов
'''.split())
AT_END = ANYWHERE | frozenset('''
ab ad ae ag ans ao aps as asa asbl berhad bhd bt bv cic cie cio co cos cv da dd dno eg ehf ek enr enregistree
epe ev gbr gk haftungsbeschrankt hf ike is jsc kd kg kk ks ky llc lp mtu nv nyrt od oe ojsc ood ou oy pa pc
pjsc pllc psc reg rt sa sae sagl sal saoc sas sau sc sca sccl sci scrl scs se sia sl slu snc sp srlcr sti tbk
ug vzw yk ао
'''.split())
AT_FRONT = frozenset('ab ao as cv fa firma oao ooo oy pao pt sarl sas sia societe uab zao'.split())
SMALL = frozenset('''
& a al am an and at au aux by d da das de dei del della dello den der des di die do dos du e een el en et for
fur het i im in l la las le les los och of og on para per pour sur the to und van vom von with y zu zum zur
'''.split())

ATTACHED_FORMS = re.compile('株式会社|有限会社|合同会社|股份有限公司|有限责任公司|有限公司|주식회사|[(][株有주][)]')
ONE_LETTER_EACH = re.compile(r'(?<!\w)[^\W\d_](?:\s?[./&+]\s?|\s)(?:[^\W\d_](?:\s?[./&+]\s?|\s))*[^\W\d_](?!\w)\.?')
SPELLING = re.compile(
    '[\u0900-\u109f\u1700-\u180a\u1a20-\u1aaf\u1b00-\u1cff\u3099\u309a\ua800-\uaaff\uabe3-\uabed'
    '\U00010a00-\U00010a3f\U00011000-\U00011fff]'
)
APOSTROPHES = "['`´ʹʻʼʽˈˊˋ‘’‛′‵＇]"
PLAIN = str.maketrans({'æ': 'ae', 'œ': 'oe', 'þ': 'th', 'ł': 'l', 'ø': 'o', 'đ': 'd', 'ð': 'd', 'ı': 'i', 'ħ': 'h'})

POLICIES = ('fine', 'gifts_only', 'no_postings')


def up(migrator, db):
    make_keys(db, key_of)


def down(migrator, db):
    make_keys(db, former_key_of)


def make_keys(db, key_of):
    """Gives each row this key. What became one stays one."""
    columns = ('id', 'name', 'policy', 'public', 'note', 'by_id', 'at')
    found = db.execute_sql(f'SELECT {", ".join(columns)} FROM employer ORDER BY id').fetchall()
    together = {}
    for row in found:
        row = dict(zip(columns, row))
        together.setdefault(key_of(row['name']), []).append(row)
    db.execute_sql("UPDATE employer SET key = 'row ' || id")  # None may stand in the way of another.
    for key, rows in together.items():
        row = strictest(rows)
        for other in rows:
            if other is not row:
                db.execute_sql('DELETE FROM employer WHERE id = ?', [other['id']])
        settled = [key, row['policy'], row['public'], row['note'], row['id']]
        db.execute_sql('UPDATE employer SET key = ?, policy = ?, public = ?, note = ? WHERE id = ?', settled)


def strictest(rows):
    """The row that stays of those that are one employer, with what all of them say."""
    row = max(rows, key=lambda row: (POLICIES.index(row['policy']), row['public'], -row['id']))
    row['public'] = max(other['public'] for other in rows)
    if row['public'] and row['policy'] == 'fine':
        row['policy'] = 'gifts_only'
    notes = dict.fromkeys(other['note'].strip() for other in [row, *rows])
    row['note'] = '\n\n'.join(note for note in notes if note)
    return row


def key_of(name):
    words = without_forms(every := words_of(spelled_out(name)))
    words = [word for word in words if word not in SMALL] or every
    return ' '.join(sorted(words))


def spelled_out(text):
    text = ATTACHED_FORMS.sub(' ', unicodedata.normalize('NFKC', text))
    text = re.sub(r'\bSpA\b', 'SARL', text)
    text = re.sub(r'\b([Cc]o)-(?=\w)', r'\1', text)
    return ONE_LETTER_EACH.sub(lambda found: ''.join(re.findall(r'[^\W\d_]', found[0])), text)


def without_forms(words):
    words = [word for word in words if word not in ANYWHERE] or words[:1]
    while ending := length_of_form(words):
        words = words[:-ending]
    return words[1:] if len(words) > 1 and words[0] in AT_FRONT else words


def length_of_form(words):
    for length in range(1, min(4, len(words) - 1) + 1):
        last = words[-length:]
        if ''.join(last) in AT_END and (length == 1 or max(map(len, last)) <= 3):
            return length
    return 0


def words_of(text):
    text = unicodedata.normalize('NFKD', re.sub(APOSTROPHES, '', text)).casefold().translate(PLAIN)
    text = ''.join(sign for sign in text if unicodedata.category(sign) not in ('Mn', 'Me', 'Cf') or SPELLING.match(sign))
    text = re.sub(APOSTROPHES, '', unicodedata.normalize('NFC', text))
    return ''.join(sign if unicodedata.category(sign)[0] in 'LMN' else ' ' for sign in text).split()


def former_key_of(name):
    words = re.sub(r'[^\w\s]', ' ', unicodedata.normalize('NFKD', name).casefold()).split()
    kept = [word for word in words if word not in ('inc', 'ltd', 'llc', 'corp', 'co', 'the', 'gmbh', 'limited')]
    return ' '.join(kept or words)
