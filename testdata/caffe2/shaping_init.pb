
shaping_initKgamma"GivenTensorFill*	
shape0*&
values-Aöó?-ªí?-9!}?-,∞¢?-◊h)?-—Éí?Jbeta"GivenTensorFill*	
shape0*&
values-∂t´æ-Ì∏Bø-Ωœ≈>-Á÷D?-ôπ<ø-∆Nøx"ConstantFill*	
shape0y"ConstantFill*	
shape0E	new_shape"GivenTensorInt64Fill*	
shape0*
values000ˇˇˇˇˇˇˇˇˇ