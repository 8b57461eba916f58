/**
 * Codes of UN/CEFACT Recommendation 20 that name a measure, with the UCUM unit that means the same; each line is about one quantity. Left out are
 * packages, pieces of trade, and units that UCUM cannot say. A count of things is annotated; `var` is a volt ampere annotated as reactive.
 */
const TABLE = `
MTR m, KMT km, DMT dm, CMT cm, MMT mm, 4H um, C45 nm, C52 pm, A71 fm, A45 dam, HMT hm, MAM Mm, A11 Ao, A12 AU, B57 [ly], C63 pc
INH [in_i], FOT [ft_i], YRD [yd_i], SMI [mi_i], NMI [nmi_i], AK [fth_i], LF [ft_i], LM m, LY [yd_i], M51 [ft_us], M52 [mi_us], M50 [fur_us], JPS 100.m
MTK m2, KMK km2, DMK dm2, CMK cm2, MMK mm2, H30 um2, H16 dam2, H18 hm2, HAR har, ARE ar, DAA 10.ar, ACR [acr_us], INK [sin_i], FTK [sft_i], YDK [syd_i], MIK [mi_i]2
MTQ m3, DMQ dm3, CMQ cm3, MMQ mm3, DMA dam3, H19 hm3, H20 km3, HMQ 1000000.m3, R9 1000.m3, FF 100.m3, G26 st, INQ [cin_i], FTQ [cft_i], YDQ [cyd_i], HH 100.[cft_i], FC 1000.[cft_i]
LTR L, HLT hL, DLT dL, CLT cL, MLT mL, 4G uL, Q34 nL, Q33 pL, Q32 fL, A44 daL, K6 kL, MAL ML, NM3 m3{normal}, SM3 m3{standard}, DMO kL{standard}, STL L{standard}
GLL [gal_us], GLI [gal_br], QTL [qt_us], QTI [qt_br], PTL [pt_us], PTI [pt_br], OZA [foz_us], OZI [foz_br], BLL 42.[gal_us], GIA [gil_us], GII [gil_br], BUA [bu_us], BUI [bu_br]
KGM kg, GRM g, MGM mg, MC ug, HGM hg, CGM cg, DG dg, DJ dag, TNE t, KTN kt, 2U Mg, DTN dt, D43 u, CTM [car_m], KDW kg{drained}, MND kg{dry}, GDW g{dry}, 58 kg{net}, E4 kg{gross}
LBR [lb_av], ONZ [oz_av], STI [stone_av], STN [ston_av], LTN [lton_av], CWA [scwt_av], CWI [lcwt_av], GRN [gr], APZ [oz_tr], LBT [lb_tr], DWT [pwt_tr], DRA [dr_av], SCR [sc_ap], F13 [lbf_av].s2/[ft_i]
SEC s, C26 ms, B98 us, C47 ns, H70 ps, B52 ks, MIN min, HUR h, DAY d, WEE wk, MON mo, ANN a, D42 a_t, DAD 10.d, DEC 10.a, QAN 3.mo, SAN 6.mo, M36 30.d, L95 365.d, RH h{operating}, LH h{labour}, E49 d{working}
HTZ Hz, KHZ kHz, MHZ MHz, A86 GHz, D29 THz, MTZ mHz, C97 /s, C94 /min, H10 /h, E91 /d, H85 /wk, H11 /mo, H09 /a, RPM circ/min, RPS circ/s, M46 circ/min, M44 circ, BPM {beats}/min, OPM {oscillations}/min
MTS m/s, KMH km/h, M62 km/s, 2M cm/s, C16 mm/s, 2X m/min, M60 m/h, H49 cm/h, H81 mm/min, H67 mm/h, H66 mm/a, KNT [kn_i], HM [mi_i]/h, M57 [mi_i]/min, M58 [mi_i]/s
FS [ft_i]/s, FR [ft_i]/min, K14 [ft_i]/h, IU [in_i]/s, M63 [in_i]/min, M61 [in_i]/a, M64 [yd_i]/s, M65 [yd_i]/min, M66 [yd_i]/h
MSK m/s2, M38 km/s2, M39 cm/s2, M41 mm/s2, A76 Gal, C11 mGal, K40 [g], A73 [ft_i]/s2, IV [in_i]/s2, M40 [yd_i]/s2, M42 [mi_i]/s2
C81 rad, C25 mrad, B97 urad, DD deg, D61 ', D62 '', A91 gon, D27 sr, 2A rad/s, 2B rad/s2, E96 deg/s, M45 deg/s2, H27 deg/m, C84 rad/m, Q25 [diop]
KEL K, CEL Cel, FAH [degF], A48 [degR], C91 /K, M20 /MK, J26 /[degR], F10 K/h, F11 K/min, F12 K/s, H12 K/h, H13 K/min, H14 K/s, J23 [degR]/h, J24 [degR]/min, J25 [degR]/s, F61 K/bar, F60 K/bar, E10 K.d, D18 m.K
JOU J, KJO kJ, 3B MJ, GV GJ, D30 TJ, C68 PJ, A68 EJ, C15 mJ, A70 fJ, A13 aJ, WHR W.h, KWH kW.h, MWH MW.h, GWH GW.h, D32 TW.h, KWY kW.a, J55 W.s
BTU [Btu_IT], J39 [Btu_m], J75 cal_m, E14 kcal_IT, K51 kcal_m, K53 kcal_th, A53 eV, B29 keV, B71 MeV, A85 GeV, 85 [ft_i].[lbf_av], B18 J.s, N66 [Btu_39], N67 [Btu_59], N68 [Btu_60], N69 cal_[20]
WTT W, KWT kW, MAW MW, A90 GW, D31 TW, C31 mW, D80 uW, C49 nW, C75 pW, BHP [HP], P14 J/s, P15 J/min, P16 J/h, P17 J/d, P18 kJ/s, P19 kJ/min, P20 kJ/h, P21 kJ/d, D78 MJ/s
2I [Btu_IT]/h, J44 [Btu_IT]/min, J45 [Btu_IT]/s, E15 kcal_th/h, K54 kcal_th/min, K55 kcal_th/s, D03 kW.h/h, E07 MW.h/h, Q35 MW/min, A74 [ft_i].[lbf_av]/s, E16 1000000.[Btu_IT]/h
D46 V.A, M35 mV.A, KVA kV.A, MVA MV.A, C79 kV.A.h, D44 V.A{reactive}, KVR kV.A{reactive}, MAR MV.A{reactive}, K3 kV.A.h{reactive}, MAH MV.A.h{reactive}
PAL Pa, KPA kPa, MPA MPa, A97 hPa, A89 GPa, H75 daPa, 74 mPa, B96 uPa, BAR bar, MBR mbar, B85 ubar, HBA hbar, KBA kbar, ATM atm, C55 N/m2, KNM kN/m2, C56 N/mm2, E01 N/cm2
PS [psi], 80 [psi]{absolute}, F78 [in_i'H2O], F79 [in_i'Hg], N13 cm[Hg], N14 cm[H2O], E42 kgf/cm2, E41 kgf/mm2, K31 gf/cm2, K85 [lbf_av]/[ft_i]2, H42 Pa/m, P81 kPa/m, P82 hPa/m, P80 mPa/m, F81 bar/K, F82 hPa/K, F83 kPa/K
NEW N, B47 kN, B73 MN, C20 mN, B92 uN, C78 [lbf_av], NU N.m, B48 kN.m, B74 MN.m, D83 mN.m, B93 uN.m, F88 N.cm, J72 cN.m, DN dN.m, M92 [lbf_av].[ft_i], F21 [lbf_av].[in_i]
4P N/m, C22 mN/m, N31 kN/m, M23 N/cm, F47 N/mm, C57 N.s, C53 N.m.s, C58 N.s/m, F17 [lbf_av]/[ft_i], F48 [lbf_av]/[in_i], M93 N.m/rad, B31 kg.m/s, B32 kg.m2, B33 kg.m2/s
AMP A, B22 kA, H38 MA, 4K mA, B84 uA, C39 nA, C70 pA, COU C, B26 kC, D77 MC, D86 mC, B86 uC, C40 nC, C71 pC, AMH A.h, E09 mA.h, A8 A.s, N95 A.min
VLT V, KVT kV, B78 MV, 2Z mV, D82 uV, N99 pV, 2G V{AC}, 2H V{DC}, D50 V/m, B55 kV/m, B79 MV/m, C30 mV/m, C3 uV/m, D47 V/cm, D51 V/mm, H46 V/s, D48 V/K, D49 mV/K, H62 mV/min, H45 V.s/m
OHM Ohm, B49 kOhm, B75 MOhm, A87 GOhm, H44 TOhm, E45 mOhm, B94 uOhm, P22 nOhm, C61 Ohm.m, C60 Ohm.cm, B50 kOhm.m, B76 MOhm.m, H26 Ohm/m, F56 Ohm/km, F54 mOhm/m
SIE S, B53 kS, C27 mS, B99 uS, N92 pS, D10 S/m, H43 S/cm, B54 kS/m, B77 MS/m, G42 uS/cm, G43 uS/m, G44 nS/cm, G45 nS/m, H61 mS/cm
FAR F, C10 mF, 4O uF, C41 nF, 4T pF, A69 F/m, 81 H, C14 mH, B90 uH, C43 nH, C73 pH, A98 H/m, WEB Wb, C33 mWb, D33 T, C29 mT, D81 uT, C48 nT, AE A/m, A2 A/cm, A3 A/mm, B24 kA/m, A41 A/m2, A4 A/cm2, A7 A/mm2, B23 kA/m2
CDL cd, P33 kcd, P34 mcd, LUM lm, LUX lx, KLX klx, A24 cd/m2, B60 lm/m2, B61 lm/W, B59 lm.h, B62 lm.s, B63 lx.h, B64 lx.s, P27 lm/[ft_i]2, P31 sb, P26 ph
C34 mol, B45 kmol, C18 mmol, FH umol, C36 mol/m3, C35 mol/dm3, C38 mol/L, M33 mmol/L, B46 kmol/m3, C19 mol/kg, D87 mmol/kg, H68 mmol/g, E95 mol/s, L30 mol/min, L23 mol/h, D74 kg/mol, A94 g/mol, KAT kat, B15 J/mol, Q30 [pH]
BQL Bq, 2Q kBq, 4N MBq, GBQ GBq, H08 uBq, A18 Bq/kg, A19 Bq/m3, B25 kBq/kg, CUR Ci, MCU mCi, M5 uCi, D13 Sv, C28 mSv, P65 Sv/s, P70 Sv/h, P71 mSv/h, P72 uSv/h, P73 nSv/h, P76 uSv/min, A95 Gy, C13 mGy, A96 Gy/s, P62 mGy/h, P63 uGy/h, P64 nGy/h, 2C R, 2Y mR, C80 RAD, D91 REM, CKG C/kg, C8 mC/kg
KMQ kg/m3, 23 g/cm3, A93 g/m3, GP mg/m3, GQ ug/m3, GL g/L, M1 mg/L, H29 ug/L, B35 kg/L, B34 kg/dm3, GJ g/mL, F23 g/dm3, G31 kg/cm3, D41 t/m3, B72 Mg/m3, 87 [lb_av]/[cft_i]
28 kg/m2, GM g/m2, GO mg/m2, 25 g/cm2, H63 mg/cm2, KL kg/m, GF g/m, C12 mg/m, M31 kg/km, KW kg/mm, A39 m3/kg, H83 L/kg, KX mL/kg, N28 dm3/kg, D21 m2/kg, H15 cm2/g
NA mg/kg, J33 ug/kg, L32 ng/kg, H64 mg/g, M29 kg/kg, L19 mL/L, J36 uL/L, H65 mL/m3, H60 m3/m3, K62 L/L, C92 /m, E90 /cm, C93 /m2, C86 /m3, H50 /cm3, K63 /L, Q36 m2/m3
MQS m3/s, G53 m3/min, MQH m3/h, G52 m3/d, G51 L/s, L2 L/min, E32 L/h, LD L/d, 4X kL/h, 40 mL/s, 41 mL/min, G55 mL/h, G54 mL/d, 2J cm3/s, G49 cm3/min, G48 cm3/h, G47 cm3/d, J93 dm3/s, J92 dm3/min, E92 dm3/h, J90 dm3/d
E17 [cft_i]/s, 2L [cft_i]/min, 2K [cft_i]/h, K22 [cft_i]/d, K30 [gal_us]/s, G2 [gal_us]/min, G50 [gal_us]/h, GB [gal_us]/d, G3 [gal_br]/min, K27 [gal_br]/h, K26 [gal_br]/d, B1 42.[gal_us]/d, Q40 m3{normal}/h, Q39 m3{normal}/d, Q38 m3{standard}/h, Q37 m3{standard}/d, P87 m3/s/m2
KGS kg/s, F31 kg/min, E93 kg/h, F30 kg/d, F29 g/s, F28 g/min, F27 g/h, F26 g/d, F34 mg/s, F33 mg/min, 4M mg/h, F32 mg/d, E18 t/h, L71 t/d, L78 t/min, L81 t/s, M88 t/mo, M89 t/a, 4U [lb_av]/h, K66 [lb_av]/d, K78 [lb_av]/min, K81 [lb_av]/s, 4W [ston_av]/h, H56 kg/m2/s
D54 W/m2, N48 W/cm2, C32 mW/m2, D85 uW/m2, C76 pW/m2, H47 W/m3, H74 W/m, B13 J/m2, E43 J/cm2, J2 J/kg, B42 kJ/kg, JK MJ/kg, D95 J/g, Q31 kJ/g, B8 J/m3, JM MJ/m3, E46 kW.h/m3, KWN kW.h/m3{normal}, KWS kW.h/m3{standard}
D53 W/m/K, N80 W/m/K, N81 kW/m/K, D55 W/m2/K, N78 kW/m2/K, D52 W/K, B21 K/W, D19 m2.K/W, H35 K.m/W, JE J/K, B41 kJ/K, E47 kW.h/K, B11 J/kg/K, B43 kJ/kg/K, B44 kJ/mol, B16 J/mol/K, D57 W/sr, D58 W/sr/m2
C65 Pa.s, C24 mPa.s, C7 cP, 89 P, J32 uP, 91 St, 4C cSt, C17 mm2/s, S4 m2/s, M81 cm2/s, S3 [ft_i]2/s, D34 tex, A47 dtex, A49 [den], M83 [den], A14 b
A99 bit, C37 kbit, D36 Mbit, B68 Gbit, E83 Tbit, E78 Pbit, C21 Kibit, D11 Mibit, B30 Gibit, AD By, 2P kBy, 4L MBy, E34 GBy, E35 TBy, E36 PBy, E64 KiBy, E63 MiBy, E62 GiBy, E61 TiBy, Q12 By
B10 bit/s, C74 kbit/s, E20 Mbit/s, B80 Gbit/s, E84 Tbit/s, E79 Pbit/s, E58 Ebit/s, P93 By/s, P94 kBy/s, P95 MBy/s, E68 GBy/s, Q13 By/s, J38 Bd, K50 kBd, J54 MBd, E37 {pixel}, E38 1000000.{pixel}
2N dB, M72 B, C50 Np, DBW dB[W], FNU {FNU}, NTU {NTU}, C69 {phon}, D15 {sone}, M19 {Beaufort}, A59 {okta}
C62 1, Q26 1, P1 %, 60 %{mass}, NX [ppth], 59 [ppm], 61 [ppb], E40 10*-5, H25 %/K, M25 %/K, H71 %/mo, H99 %/m, CEN 100, MIL 1000, E12 1000, MIO 1000000, MLD 10*9, BIL 10*12, DZN 12, GRO 144, SCO 20
EA {each}, H87 {piece}, PR {pair}, SET {set}, IE {person}, HEA {head}, E54 {trip}, E57 {zone}, E53 {test}, E27 {dose}, E55 {use}, NF {message}, C0 {call}, ROM {room}, NCL {cell}, B7 {cycle}, NPT {part}, NAR {article}, E22 {TEU}, E23 {tyre}, Q3 {meal}
`;

const UNITS: ReadonlyMap<string, string> = new Map(
  TABLE.trim()
    .split(/,\s|\n/)
    .map((entry): [string, string] => {
      const [code = '', ucum = ''] = entry.trim().split(' ');
      return [code, ucum];
    }),
);

/** The UCUM text of a code of Recommendation 20; undefined for one that is not in the table. */
export function rec20Unit(code: string): string | undefined {
  return UNITS.get(code);
}

/** All codes that are understood. */
export function rec20Codes(): readonly string[] {
  return [...UNITS.keys()];
}
