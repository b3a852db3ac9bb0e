# Slová, ktoré používa server.
direction-inbound = Prichádzajúci
direction-outbound = Odchádzajúci
direction-internal = Vnútorný
direction-transit = Tranzit
direction-unknown = Neznámy

result-answered = Prijatý
result-answered-voicemail = Odkazová schránka
result-answered-ivr-only = Len menu
result-no-answer = Bez odpovede
result-busy = Obsadené
result-rejected = Odmietnutý
result-cancelled = Zrušený
result-abandoned-ivr = Zložil v menu
result-abandoned-queue = Zložil vo fronte
result-short-abandoned = Hneď zložil
result-unreachable = Nedostupný
result-congestion = Preťaženie
result-failed = Zlyhal
result-diverted = Presmerovaný
result-unknown = Neznámy

recording-recorded = Nahraný
recording-recorded-partial = Nahraný sčasti
recording-not-recorded-by-policy = Nenahraný: pravidlo
recording-not-recorded-consent-declined = Nenahraný: bez súhlasu
recording-not-recorded-by-party-request = Nenahraný: na žiadosť
recording-not-recorded-encrypted-no-keys = Nenahraný: šifrovaný
recording-not-recorded-no-media = Bez zvuku
recording-not-recorded-failed = Nahrávanie zlyhalo
recording-recorded-in-error = Nahraný omylom
recording-missing-evidence = Chýba dôkaz
recording-extra-recording = Nahrávka bez hovoru
recording-expired = Po lehote
recording-shredded = Skartovaný
recording-held = Právne zadržaný
recording-unknown = Neznámy

participant-caller = Volajúci
participant-callee = Volaný
participant-unknown = Iná strana
participant-system = Systém
participant-mixed = Obaja

event-invite = Volanie
event-ring = Zvonenie
event-answer = Prijatý
event-hold = Podržaný
event-unhold = Obnovený
event-transfer = Prepojenie
event-transferred-from = Prepojený z
event-rejoined = Pokračuje v inej relácii
event-joined = Pripojil sa
event-left = Odišiel
event-rec-pause = Nahrávanie pozastavené
event-rec-resume = Nahrávanie pokračuje
event-finding = Zistenie
event-replaced = Nahradený
event-moved = Zvuk presunutý
event-refresh = Predĺžený
event-end = Koniec
event-dtmf = Číslica
event-mark = Značka
event-pause = Prestávka
event-resume = Pokračovanie
event-unknown = Udalosť

role-administrator = Správca
role-listener = Poslucháč
role-auditor = Audítor
role-hint-administrator = nastavuje účty, kľúče a nahrávanie; hovory nepočúva
role-hint-listener = počúva hovory, píše poznámky, sťahuje
role-hint-auditor = číta a overuje záznam auditu

permission-calls-read = Vidieť hovory
permission-recordings-listen = Počúvať
permission-recordings-export = Sťahovať
permission-notes-write = Písať poznámky
permission-imports-run = Importovať
permission-jobs-read = Vidieť úlohy
permission-settings-read = Vidieť nastavenia
permission-settings-write = Meniť nastavenia
permission-accounts-manage = Spravovať účty
permission-keys-manage = Spravovať kľúče
permission-audit-read = Čítať audit
permission-audit-verify = Overovať
permission-status-read = Vidieť stav systému

process-recorder = Záznamník
process-keeper = Uchovávač
process-media-worker = Spracovanie zvuku

actor-system = systém
actor-unknown = neznámy
actor-recorder = záznamník
actor-keeper = uchovávač
