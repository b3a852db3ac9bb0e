# Where calls come from.
nav-sources = Sources
sources-siprec = Recording clients (SIPREC)
sources-hep = HEP agents
sources-captures = Network interfaces
sources-imports = Imports
never = never
siprec-not-ready = New calls are being turned away: { $why }
siprec-addresses = Addresses for recording clients
siprec-addresses-text = Give one of them to your SBC or PBX as its recording server.
siprec-no-peer = No recording client has been seen yet
siprec-no-peer-text = Give it one of the addresses above. As soon as it sends anything, also a mere OPTIONS, it appears here.
peer-unknown = not configured
peer-calls-now = Calls now
peer-calls-total = Calls in all
peer-refused = Turned away
peer-last-call = Last call
peer-last-options = Last OPTIONS
peer-way = Connection
peer-encrypted = encrypted
peer-plain = not encrypted
peer-errors =
    { $count ->
        [one] { $count } error
       *[other] Last { $count } errors
    }
peer-findings =
    { $count ->
        [one] { $count } peculiarity
       *[other] { $count } peculiarities
    }
definition-options = With OPTIONS a client asks whether the recorder is there.
finding-matters = This may have cost something:
finding-harmless = Understood all the same:
hep-addresses = Addresses for HEP agents
hep-addresses-text = Agents send copies of the SIP that they see to one of them, by HEP version 3.
hep-no-agent = No HEP agent has been heard yet
hep-no-agent-text = Point Kamailio, Asterisk or FreeSWITCH at this address: as soon as it sends a packet, it appears here.
hep-agent = Agent
hep-address = Address
hep-last = Last heard
hep-sip = SIP messages
hep-reports = Reports
hep-trouble = Trouble
definition-hep-reports = What an agent tells of calls besides their SIP: RTCP, quality, lines of its log.
hep-refused = Turned away or unreadable: { $count }. The last came from { $address }: { $why }.
agent-number = Agent { $id }
capture-interface = Interface
capture-bytes = Bytes
capture-dropped-kernel = Lost by the kernel
capture-dropped-us = Lost by us
definition-dropped-kernel = Packets that the operating system dropped, because they were not taken in time.
definition-dropped-us = Packets that were taken and then given up, because the recorder was too slow.
captures-none = No interface is listened to. To listen to one:
imports-line = { $done } done, { $running } running, { $failed } failed.
imports-last = The last ended { $time }.
source-siprec = SIPREC
source-passive = Interface
source-hep = HEP
source-pcap = Capture
source-import = Import
source-unknown = Source
sources-lab = Lab: try an INVITE or a capture
