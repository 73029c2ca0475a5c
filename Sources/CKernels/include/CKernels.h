// see CKernels
