"""Print what makes NumPy compute as on another processor, one a line: a name, then settings of the environment.

A library's numbers differ in their last digits with the instructions that NumPy and its OpenBLAS find. Only
instructions that this processor has can be left out, and a kernel can be asked for only where its instructions are
there.
"""

import os

import numpy as np

umath = (np._core if hasattr(np, "_core") else np.core)._multiarray_umath  # where 1.26 has it
here = {name for name, found in umath.__cpu_features__.items() if found}
chosen = [name for name in umath.__cpu_dispatch__ if name in here]
of_avx_512 = [name for name in chosen if "512" in name or name == "X86_V4"]  # X86_V4 is its first generation

if of_avx_512:
    print("without-AVX-512", "NPY_DISABLE_CPU_FEATURES=" + ",".join(of_avx_512))
if chosen:
    print("with-the-baseline-alone", "NPY_DISABLE_CPU_FEATURES=" + ",".join(chosen))
if os.uname().machine == "x86_64":
    kernels = ["Nehalem", *(["Haswell"] if "AVX2" in here else []), *(["SkylakeX"] if of_avx_512 else [])]
    for kernel in kernels:
        print(f"OpenBLAS-{kernel}", f"OPENBLAS_CORETYPE={kernel}")
    print("the-oldest", f"OPENBLAS_CORETYPE={kernels[0]}", "NPY_DISABLE_CPU_FEATURES=" + ",".join(chosen))
