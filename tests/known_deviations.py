"""Where each engine gives something else than Excel: sheet functions, and the torture workbook.

A test fails when a deviation goes away, too: then its line, and the word of it in the engine's module, can go.
"""

from __future__ import annotations

from tests.torture import LONG_SUM
from xlbackprop.workbook.document import ErrorValue, Value

NUM, NA, DIV0, VALUE = ErrorValue.NUM, ErrorValue.NA, ErrorValue.DIV0, ErrorValue.VALUE

DEVIATIONS_OF_FUNCTIONS: dict[str, dict[str, Value]] = {
    "formualizer": {
        "_xlfn.ISFORMULA(D2)": False,
        "SUMPRODUCT(--_xlfn.ISFORMULA(D1:D4))": 0.0,
        "SUMPRODUCT(ABS(A1:A6-B1:B6))": VALUE,
        "SUMPRODUCT(--ISNUMBER(A1:A6))": 0.0,
    },
    "ironcalc": {
        "-((A2^2)*A1)": 0.75,
        "ISNUMBER(SQRT(SUMSQ(E1:E2))/1)": True,
        "1/(1+EXP(710))": 0.0,
        "SUMPRODUCT(--_xlfn.ISFORMULA(D1:D4))": VALUE,
        'IFERROR(EXP(710),"diverged")': NUM,
        "SUMPRODUCT(--ISNUMBER(A1:A6))": 0.0,
        "COUNTIF(A5,0)": VALUE,
    },
    "cellrune": {
        "SUMPRODUCT(--_xlfn.ISFORMULA(D1:D4))": 1.0,
    },
    "betteroffice": {
        "SUMXMY2(A1:A6,B1:B6)": VALUE,
        "SUMXMY2(A1:A5,A2:A6-0.5*B1:B5)": VALUE,
        "_xlfn.ISFORMULA(D2)": VALUE,
        "SUMPRODUCT(--_xlfn.ISFORMULA(D1:D4))": VALUE,
        "SUMXMY2(A1:A8,B1:B8)": VALUE,
    },
    "libreoffice": {
        "FIXED(5.5E-19,3-INT(LOG10(ABS(5.5E-19))),TRUE)": VALUE,
        "LN(0)": VALUE,
        "LN(-1)": VALUE,
    },
    "gnumeric": {
        "COUNT(A1:A8)": 7.0,
        "ISERROR(A8)": False,
        "SQRT(SUMSQ(E1:E2))": 1e200,
        "ISNUMBER(SQRT(SUMSQ(E1:E2))/1)": True,
        "IF(A8>0,1,0)": 1.0,
        "IF(IFERROR(LOG10(A8),-999)>-150.5,A8,NA())": NUM,
        "1/(1+EXP(710))": 4.47628622567513e-309,
        "SUMPRODUCT(--_xlfn.ISFORMULA(D1:D4))": VALUE,
        "SUMXMY2(A1:A8,B1:B8)": 1e-08,
        "SUMPRODUCT(--((C1:C4-B1:B4)^2>1))": 3.0,
        'IFERROR(A8,"diverged")': NUM,
        'IFERROR(EXP(710),"diverged")': NUM,
        "SUMPRODUCT(ABS(A1:A6-B1:B6))": VALUE,
        "SUMPRODUCT(--ISNUMBER(A1:A6))": 0.0,
    },
    "hyperformula": {
        "SUMPRODUCT(--((A1:A6-B1:B6)^2>1E-12))": VALUE,
        "INT(A6)": -1.0,
        "SUMPRODUCT(--_xlfn.ISFORMULA(D1:D4))": 1.0,
    },
    "fast-formula-parser": {
        "SUMXMY2(A1:A5,A2:A6-0.5*B1:B5)": NA,
        "FIXED(-0.00038733356671782,3-INT(LOG10(ABS(-0.00038733356671782))),TRUE)": "(0.0003873)",
        'SUBSTITUTE(FIXED(-0.25,2,TRUE),"-","−")': VALUE,
        "FIXED(0.000000000055,15,TRUE)": "5.5e-11",
        "FIXED(5.5E-19,3-INT(LOG10(ABS(5.5E-19))),TRUE)": "5.5e-19",
        "SQRT(SUMSQ(INDEX(A1:B8,8,0)))": 0.0,
        "SUM(A1:A8)": 2.024,
        "SUMXMY2(A1:A8,B1:B8)": 1.0000000000000053e-08,
        "LN(-1)": VALUE,
    },
}
DEVIATIONS_OF_TORTURE: dict[str, dict[str, Value]] = {
    "formualizer": {
        "0.1+0.2-0.3": 5.551115123125783e-17,
        "0^0": 1.0,
        LONG_SUM: VALUE,
    },
    "ironcalc": {
        "-((B1^2)*B2)": 2.0,
        "10^309": DIV0,
        "1/(1+EXP(710))": 0.0,
        "0.1+0.2-0.3": 5.551115123125783e-17,
    },
    "cellrune": {
        LONG_SUM: VALUE,
    },
    "betteroffice": {
        "0.1+0.2-0.3": 5.551115123125783e-17,
        "0^0": 1.0,
        LONG_SUM: "",
    },
    "libreoffice": {
        "--(B1=2)": True,
        "(0.1+0.2-0.3)*1": 0.0,
        "0^0": 1.0,
        "SQRT(-1)": VALUE,
        "LN(0)": VALUE,
        "B4+1/0": DIV0,
        "COUNT(B1:B3,B6:B7)": 3.0,
    },
    "gnumeric": {
        "2^3^2": 512.0,
        "1/(1+EXP(710))": 4.47628622567513e-309,
        "(0.1+0.2-0.3)*1": 0.0,
        "'it''s LR=0.1'!A1*2": VALUE,
        "SUM('it''s LR=0.1'!$A$1:A2)": VALUE,
    },
    "hyperformula": {
        "0.1+0.2-0.3": 5.551115123125783e-17,
        "0^0": 1.0,
        "INT(-1.5)": -1.0,
    },
    "fast-formula-parser": {
        "--(B1=2)": True,
        "0.1+0.2-0.3": 5.551115123125783e-17,
        "0^0": 1.0,
        "SUM(B1,B4)": 2.0,
        'B3="TEXT"': False,
        'B5=""': False,
        '"a"<"B"': False,
    },
}
