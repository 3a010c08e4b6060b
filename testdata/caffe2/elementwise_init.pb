
elementwise_init>channel"GivenTensorFill*	
shape0*
values-ÒŸ?-YNò>-ª™¾<slope"GivenTensorFill*	
shape0*
values-J&¿-
”<¿-{’ ?’last"GivenTensorFill*
shape00*l
values-IXv?-RC?-„C};-«Q¾-‡R"¿-[<¾-Ú[8¿-r\Ã>->>-OI
¾-£e½-±Ë>-Êf>-¾-Ğó,¿-ƒ~b?-äp#¿-…i½-qK?-‚âm¿x"ConstantFill*	
shape0y"ConstantFill*	
shape0